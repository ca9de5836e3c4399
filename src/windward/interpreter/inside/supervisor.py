"""The first process of an episode's namespaces: makes sessions and their twins, watches and ends them.

It never runs user code and keeps its capabilities; sessions have none. Every session is its child.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import resource
import select
import signal
import socket
import stat
import struct
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from windward.interpreter.inside import calls, folder, kernel, leftovers, processes, worker
from windward.interpreter.inside.wire import recv_packet, send_packet

_CREDENTIALS = struct.Struct("3i")
_TWIN_SECONDS = 10.0
_TICK_SECONDS = 1.0
_MAX_REAPED = 1000
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(eq=False)
class Session:
    """A live (or just ended) session."""

    pid: int
    folder: int
    outputs: tuple[int, int]
    link: socket.socket
    parent: Session | None = None
    exit: str | None = None
    over: str | None = None
    talks: bool = True
    unreaped: list[int] = field(default_factory=list)


class Supervisor:
    """Serves one episode: a root session, its twins, and their twins."""

    def __init__(self, control: socket.socket, settings: dict[str, Any], activity: int) -> None:
        self.control = control
        self.settings = settings
        self.isolated = bool(settings["isolated"])
        self.sessions: dict[int, Session] = {}
        self.processes = processes.Processes(self.isolated)
        self.leftovers = leftovers.Leftovers(activity, float(settings["seconds"]))
        self.filter = calls.program() if self.isolated else b""

    def serve(self) -> None:
        """Answers the host until it goes away; then everything in the namespace ends with this process."""
        next_tick = time.monotonic() + _TICK_SECONDS
        while True:
            poll = select.poll()
            poll.register(self.control, select.POLLIN)
            links = {session.link.fileno(): session for session in self.sessions.values() if session.talks}
            for link in links:
                poll.register(link, select.POLLIN)
            ready = {fd for fd, _ in poll.poll(max(0.0, next_tick - time.monotonic()) * 1000)}
            if time.monotonic() >= next_tick:
                self._tick()
                next_tick = time.monotonic() + _TICK_SECONDS
            for link in ready & links.keys():
                self._hear(links[link])
            if self.control.fileno() in ready and not self._answer():
                break
        for session in self.sessions.values():
            self._kill_tree(session.pid)

    def _answer(self) -> bool:
        """Serves one request of the host; False when it is gone."""
        message, fds = recv_packet(self.control)
        if message is None:
            return False
        try:
            reply, passed = getattr(self, f"do_{message['op']}")(message, fds)
        except Exception as error:  # whatever a session did to make this fail, its siblings live on
            reply, passed = {"failed": f"{type(error).__name__}: {error}"}, ()
        for fd in fds:
            os.close(fd)
        if reply is not None:
            send_packet(self.control, reply, passed)
            for fd in passed:
                os.close(fd)
        return True

    # -- what the host can ask ---------------------------------------------------------------------

    def do_start(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Starts a session from the clean state; with `of`, in the folder of one that ended."""
        former = self.sessions.get(message["of"]) if "of" in message else None
        if former is not None:
            self._kill_tree(former.pid)
            folder.prepare(former.folder)
        with contextlib.ExitStack() as unused:
            home = former.folder if former is not None else self._new_folder(unused)
            outputs, ours, theirs = self._equip(unused)
            pid = os.fork()
            if pid == 0:
                self._become_session((home, fds[0], theirs.fileno(), *outputs))
            unused.pop_all()
        theirs.close()
        if former is not None:
            self._release(self.sessions.pop(message["of"]), keep_folder=True)
            self.leftovers.forget(message["of"])
        self.sessions[message["id"]] = Session(pid, home, outputs, ours)
        self._share_process_limit()
        return {"started": True}, ()

    def do_fork(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Branches a session: a copy of its folder, then a fork of the process."""
        parent = self.sessions[message["of"]]
        with contextlib.ExitStack() as unused:
            home = self._new_folder(unused, parent.folder)
            outputs, ours, theirs = self._equip(unused)
            descriptors = (home, fds[0], theirs.fileno(), *outputs)
            send_packet(parent.link, {"branch": True}, descriptors, wait=False)
            theirs.close()
            pid = self._greet(ours)
            unused.pop_all()
        self.sessions[message["id"]] = Session(pid, home, outputs, ours, parent)
        self._share_process_limit()
        return {"started": True}, ()

    def do_watch(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """CPU seconds of a session and all that it started, and their resident MiB above an idle one's."""
        del fds
        self._end_strays()
        table = self.processes.table()
        tree = processes.tree(self.sessions[message["id"]].pid, table, self._pids())
        cpu = sum(table[pid].cpu for pid in tree)
        return {"cpu": cpu, "mb": self.processes.memory(tree, table), "processes": len(tree)}, ()

    def do_interrupt(self, message: dict[str, Any], fds: list[int]) -> tuple[None, tuple[int, ...]]:
        """Asks a session to stop what it runs."""
        del fds
        session = self.sessions[message["id"]]
        if session.exit is None:
            os.kill(session.pid, signal.SIGINT)
        return None, ()

    def do_end(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Ends a session with all that it started; says how it had ended (or been ended), and what it had written."""
        del fds
        session = self.sessions[message["id"]]
        deadline = time.monotonic() + float(message.get("wait", 0.0))
        self._reap()
        while session.exit is None and time.monotonic() < deadline:
            time.sleep(0.002)
            self._reap()
        how = session.exit
        self._kill_tree(session.pid)
        return {"exit": how, "over": session.over}, tuple(os.dup(fd) for fd in session.outputs)

    def do_close(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Ends a session for good and frees its folder."""
        del fds
        session = self.sessions[message["id"]]
        self._kill_tree(session.pid)
        del self.sessions[message["id"]]
        self.leftovers.forget(message["id"])
        self._release(session)
        self._share_process_limit()
        return {"closed": True}, ()

    def do_open(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Opens a file of a session's working folder, for the host to read or write."""
        del fds
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if message["write"] else os.O_RDONLY
        work = os.open(
            "work", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.sessions[message["id"]].folder
        )
        try:
            opened = folder.open_beneath(work, message["path"], flags)
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                os.close(opened)
                raise PermissionError(f"{message['path']!r} is not an ordinary file")
            return {"opened": True}, (opened,)
        finally:
            os.close(work)

    def do_list(self, message: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Lists a session's working folder; the list is a file, as it may be longer than a packet."""
        del fds
        work = os.open(
            "work", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.sessions[message["id"]].folder
        )
        try:
            found = folder.listing(work, int(message["most"]))
        finally:
            os.close(work)
        told = _memory_file("list")
        with os.fdopen(os.dup(told), "wb") as file:
            file.write(json.dumps(found).encode())
        return {"listed": len(found)}, (told,)

    # -- what a session can ask ----------------------------------------------------------------------

    def _hear(self, session: Session) -> None:
        """A session may end processes that it started: it has no right to send signals itself."""
        try:
            asked = session.link.recv(64)  # no descriptor is taken: the kernel drops any that came along
        except OSError:
            asked = b""
        if not asked:
            session.talks = False
            return
        pid, _, number = asked.partition(b" ")
        if not (pid.isdigit() and number.isdigit() and 0 < int(number) < signal.NSIG):
            return  # not a request: the sender is user code, and owed nothing
        if int(pid) in processes.tree(session.pid, self.processes.table(), self._pids()):
            processes.send(int(pid), int(number))

    # -- sessions ----------------------------------------------------------------------------------

    def _become_session(self, fds: tuple[int, ...]) -> None:
        """In the forked child: gives everything up, and serves."""
        try:
            targets = (folder.FOLDER_FD, worker.CHANNEL_FD, worker.SUPERVISOR_FD, 1, 2)
            for fd, target in zip(fds, targets, strict=True):
                os.dup2(fd, target, inheritable=False)
            null = os.open("/dev/null", os.O_RDONLY)
            os.dup2(null, 0)
            os.closerange(3, folder.FOLDER_FD)
            worker.enter("work")
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            random.seed(0)  # Python reseeds it in every forked child
            session = worker.Worker(self.settings)
            self._limit()
            if self.isolated:
                kernel.drop_all_capabilities()
                kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
                kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
                kernel.install_filter(self.filter)
            session.serve()
        except BaseException:
            os.write(2, traceback.format_exc().encode())  # the host shows it when it learns of the end
        finally:
            os._exit(70)

    def _limit(self) -> None:
        mib = 1024 * 1024
        base = int(processes.read_file("/proc/self/statm").split()[0]) * _PAGE
        limits = {
            resource.RLIMIT_AS: base + self.settings["memory_mb"] * mib,
            resource.RLIMIT_FSIZE: self.settings["file_mb"] * mib,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: 1024,
            resource.RLIMIT_MEMLOCK: 0,
            resource.RLIMIT_STACK: 8 * mib,
        }
        for name, value in limits.items():
            resource.setrlimit(name, (value, value))

    def _share_process_limit(self) -> None:
        """The kernel counts processes per user, so each session's limit grows with its siblings."""
        if not self.isolated:
            return
        live = [session for session in self.sessions.values() if session.exit is None]
        unreaped = sum(len(session.unreaped) for session in live)  # they count until they are taken away
        limit = 1 + len(live) + unreaped + int(self.settings["processes"])
        for session in live:
            try:
                resource.prlimit(session.pid, resource.RLIMIT_NPROC, (limit, 1 << 16))
            except ProcessLookupError:
                continue  # it has just ended; `end` will say how

    def _new_folder(self, unused: contextlib.ExitStack, source: int | None = None) -> int:
        if self.isolated:
            size = f"{self.settings['disk_mb']}m"
            home = kernel.detached_mount("tmpfs", size=size, mode="0700", nr_inodes="65536")
        else:
            path = tempfile.mkdtemp(dir=self.settings["root"])
            home = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        unused.callback(os.close, home)
        if source is not None:
            folder.copy_tree(source, home)
        folder.prepare(home)
        return home

    def _equip(self, unused: contextlib.ExitStack) -> tuple[tuple[int, int], socket.socket, socket.socket]:
        """What a session gets besides a folder: files for its output, and both ends of its link to here."""
        stdout = _memory_file("stdout")
        unused.callback(os.close, stdout)
        stderr = _memory_file("stderr")
        unused.callback(os.close, stderr)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        unused.callback(ours.close)
        unused.callback(theirs.close)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        return (stdout, stderr), ours, theirs

    def _greet(self, link: socket.socket) -> int:
        """The process id of a new twin, as the kernel vouches for it."""
        link.settimeout(_TWIN_SECONDS)
        _, ancillary, _, _ = link.recvmsg(256, socket.CMSG_SPACE(_CREDENTIALS.size))
        link.settimeout(None)
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                return int(_CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0])
        raise OSError("the session did not answer a fork")

    def _release(self, session: Session, keep_folder: bool = False) -> None:
        session.link.close()
        for fd in session.outputs:
            os.close(fd)
        if not keep_folder:
            os.close(session.folder)

    # -- processes ---------------------------------------------------------------------------------

    def _reap(self) -> None:
        by_pid = {session.pid: session for session in self.sessions.values()}
        # A twin is a child of the session that it was forked from, which may be in the middle of a run: its
        # end is read off the process table here, and its parent takes the entry away when it has time.
        for session in by_pid.values():
            if session.parent is not None and session.exit is None:
                status = self.processes.ended(session.pid)
                if status is not None:
                    session.exit = processes.how(status)
                    self._tell_parent(session)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in by_pid:
                by_pid[pid].exit = processes.how(status)

    def _tell_parent(self, session: Session) -> None:
        parent = session.parent
        if parent is not None and parent.exit is None:
            parent.unreaped.append(session.pid)
            self._remind(parent)

    def _remind(self, parent: Session) -> None:
        """Names to a session the twins that it has to take away; one that is busy is reminded at the next tick."""
        try:
            send_packet(parent.link, {"reap": parent.unreaped[-_MAX_REAPED:]}, wait=False)
            del parent.unreaped[-_MAX_REAPED:]
        except BlockingIOError:
            return  # its link is full of reminders: it runs something
        except OSError:
            parent.talks = False  # it is ending: the entries come to this process

    def _tick(self) -> None:
        """Between requests: what was left running may not outgrow a session's limits either."""
        self._end_strays()
        table = self.processes.table()
        for number, session in self.sessions.items():
            if session.unreaped and session.talks:
                self._remind(session)
            tree = processes.tree(session.pid, table, self._pids())
            if self.processes.memory(tree, table) > self.settings["memory_mb"]:
                self._kill_tree(session.pid)
            elif self.leftovers.used_too_much(number, tree, table):
                session.over = "CPU"
                self._kill_tree(session.pid)

    def _kill_tree(self, root: int) -> None:
        for _ in range(1000):
            if not processes.tree(root, self.processes.table(), self._pids()):
                break
            with self.processes.stopped():
                for pid in processes.tree(root, self.processes.table(), self._pids()):
                    processes.send(pid, signal.SIGKILL)
            self._reap()
            time.sleep(0.0005)
        self._end_strays()

    def _end_strays(self) -> None:
        self._reap()
        if not self.processes.strays(self._pids(), self.processes.table()):
            return
        with self.processes.stopped():
            for pid in self.processes.strays(self._pids(), self.processes.table()):
                processes.send(pid, signal.SIGKILL)
        self._reap()

    def _pids(self) -> set[int]:
        return {session.pid for session in self.sessions.values()}


def _memory_file(name: str) -> int:
    fd = os.memfd_create(name, os.MFD_CLOEXEC)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    return fd
