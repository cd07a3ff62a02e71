"""The kernel of a run, forked from a process that has imported what notebooks import: it need not start from nothing.

For Linux alone. Elsewhere a process that has loaded numpy is not safe to fork, and papermill starts the kernel as usual.
"""

import os
import signal
import sys
import time
import traceback
from multiprocessing import Pipe

import matplotlib.pyplot  # for the kernels, as all of the suite that follows
import numpy
from ipykernel.kernelapp import IPKernelApp
from jupyter_client import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from broadsheet import attest, coded, compare, gather, judge, near, plot, store, vouch  # noqa: F401

_waiting = None  # this process's kernel, until a notebook asks for it


def ahead():
    """Forks the kernel of this process, which waits for `Manager`. To be called before this process has threads."""
    global _waiting
    ours, theirs = Pipe()
    pid = os.fork()
    if not pid:
        ours.close()
        _begin(theirs)
    theirs.close()
    _waiting = _Process(pid, ours)


def _begin(pipe):
    """In the forked process: the kernel, once its notebook asks for it; it never returns."""
    try:
        command, folder, environment = pipe.recv()
        for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
            signal.signal(number, handler)
        os.setsid()  # an interrupt reaches the kernel and what it has started, and no more
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        if not sys.flags.safe_path:
            del sys.path[0]  # the folder of the batch's own script
        inline = "module://matplotlib_inline.backend_inline"  # what a kernel gives a matplotlib that it imports itself
        matplotlib.rcParams["backend"] = environment.get("MPLBACKEND") or inline
        numpy.random.seed()  # or all kernels would draw the same
        sys.argv = command[command.index("-m") + 1 :]
        IPKernelApp.launch_instance(argv=[*sys.argv[1:], f"--IPKernelApp.parent_handle={os.getppid()}"])
    except EOFError:  # no notebook has asked
        pass
    except Exception:
        traceback.print_exc()
        os._exit(1)
    finally:
        os._exit(0)


class Manager(AsyncKernelManager):
    """Jupyter's manager of a kernel that `ahead` has forked; of a usual one where there is none any more."""

    def __init__(self, **options):
        super().__init__(**options)
        if _waiting:
            self.provisioner = _Forked(parent=self, kernel_spec=self.kernel_spec)


class _Forked(LocalProvisioner):
    async def launch_kernel(self, cmd, **options):
        global _waiting
        self.process, _waiting = _waiting, None
        self.process.pipe.send((cmd, options.get("cwd") or os.getcwd(), dict(options["env"])))
        self.pid = self.pgid = self.process.pid  # it leads a session of its own
        self.cwd = options.get("cwd")
        return self.connection_info


class _Process:
    """What Jupyter wants of a `subprocess.Popen`, for a process that was forked."""

    stdin = stdout = stderr = returncode = None

    def __init__(self, pid, pipe):
        self.pid, self.pipe = pid, pipe

    def poll(self):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self):
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number):
        os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)
