"""What a page is made of: the template, the style sheet, and the outputs made safe to print. Used by ``share``."""
