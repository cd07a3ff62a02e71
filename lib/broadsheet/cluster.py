"""Tasks done here, one after another, or on Dask, by processes of this machine or of a cluster; and how far they are."""

import logging
import os
import sys
import time
from contextlib import contextmanager

from broadsheet import cache
from broadsheet.tables import BroadsheetError

_LOST = 20  # workers that a task may lose before it is given up


@contextmanager
def runner(scheduler, workers, progress):
    """A function that does tasks, (function, argument, …), and yields (place, result) of each as it ends."""
    if workers == 0 and scheduler is None:
        yield lambda tasks: ((at, function(*arguments)) for at, (function, *arguments) in enumerate(tasks))
        return
    import dask
    from distributed import Client, LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": _LOST,
        "distributed.worker.profile.enabled": False,  # it keeps each stack that it has seen, and is what makes workers grow
        "distributed.admin.tick.interval": "1s",  # how late all are: asked 50 times a second it takes 7 % of a core
    }
    with dask.config.set(settings):
        # what goes wrong comes back as a result; the logs tell of no more than workers that end
        options = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": logging.CRITICAL}
        cluster = scheduler or LocalCluster(n_workers=workers, **options)
        try:
            client = Client(cluster)
        except OSError as problem:
            raise BroadsheetError(f"no scheduler answers at {scheduler}: start one there, or mend the address") from problem
        with client:
            if progress:
                print(f"Dask's dashboard: {client.dashboard_link}", file=sys.stderr)
            _same_library(client)
            yield lambda tasks: _on(client, tasks)
        if not scheduler:
            cluster.close()


def _on(client, tasks):
    from distributed import as_completed

    futures = {client.submit(_alone, *task, pure=False): at for at, task in enumerate(tasks)}
    for future, result in as_completed(list(futures), with_results=True):
        yield futures[future], result
        future.release()


def done(tasks):
    """The results of tasks in their order: by the workers of the Dask client that this process has, else here."""
    client = _client() if "distributed" in sys.modules else None
    if client is None:
        return [function(*arguments) for function, *arguments in tasks]
    return client.gather([client.submit(_alone, *task, pure=False) for task in tasks])


def _client():
    from distributed import get_client

    try:
        return get_client()
    except ValueError:
        return None


def _alone(function, *arguments):
    """A task on a worker, which has threads of its own for as many tasks as it does at once."""
    os.environ["BROADSHEET_THREADS"] = "1"
    return function(*arguments)


def _same_library(client):
    """Raises BroadsheetError where a worker has another edition of the library."""
    for address, found in client.run(cache.library).items():
        if found != cache.library():
            raise BroadsheetError(
                f"the worker {address} has another edition of Broadsheet, or of what it needs: install the same"
            )


@contextmanager
def display(stage, total, unit, progress):
    """Progress on stderr: a bar on a terminal, some lines elsewhere, with how many a second and the time that is left."""
    if not progress or not total:
        yield lambda done: None
        return
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    with tqdm(total=total, unit=unit, desc=stage, disable=not terminal) as bar:
        began, told = time.monotonic(), time.monotonic()
        reached = 0

        def report(done):
            nonlocal reached, told
            reached += done
            bar.update(done)
            now = time.monotonic()
            if not terminal and (now - told > 10 or reached == total):
                told, pace = now, reached / max(now - began, 1e-3)
                print(
                    f"{stage}: {reached:,} of {total:,} {unit}s, {pace:,.0f} a second, {(total - reached) / pace:.0f} s left",
                    file=sys.stderr,
                )

        yield report
