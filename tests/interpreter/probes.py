"""Attempts to get out of an interpreter: a table of small programs.

Each prints `ESCAPED …` if it got what it wanted. It is run twice: in an interpreter, where it must not get it, and
without isolation in a private corner of the machine (see `control_room`), where it must: a probe that never works
proves nothing. `W` is the world that it finds: a secret file, a secret variable of the environment, a listening
server, another process. Every probe is bounded, since its control runs for real.
"""

from __future__ import annotations

from typing import NamedTuple

PREAMBLE = """
import ctypes, errno, fcntl, mmap, os, resource, signal, socket, stat, struct, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def escaped(*detail): print('ESCAPED', *(str(d)[:200] for d in detail), flush=True)
def works(number, *detail):
    if number >= 0: escaped(*detail)
    else: print('refused', os.strerror(ctypes.get_errno()))
def others():
    for name in os.listdir('/proc'):
        if name.isdigit() and int(name) != os.getpid(): yield int(name)
def possible_pids():
    return [pid for pid in [W['victim'], *range(1, 60)] if pid != os.getpid()]
"""


class Probe(NamedTuple):
    """An attempt, what it needs of the machine, and what it costs at most."""

    name: str
    code: str
    limits: dict[str, float] = {}  # noqa: RUF012 (read only)
    x86_only: bool = False


FILES = [
    Probe("read_shadow", "escaped(len(open('/etc/shadow').read()))"),
    Probe("read_accounts", "escaped(open('/etc/passwd').readline())"),
    Probe("read_a_hosts_file", "assert open(W['file']).read() == W['secret']; escaped('canary')"),
    Probe(
        "read_through_dots",
        "assert open('../' * 30 + W['file'][1:]).read() == W['secret']; escaped('canary')",
    ),
    Probe(
        "read_through_a_link",
        "os.symlink(W['file'], 'link'); assert open('link').read() == W['secret']; escaped('canary')",
    ),
    Probe(
        "read_through_a_hard_link",
        "os.link(W['file'], 'hard'); assert open('hard').read() == W['secret']; escaped('canary')",
    ),
    Probe(
        "read_through_another_process_root",
        "for pid in possible_pids():\n    try:\n        if open(f'/proc/{pid}/root' + W['file']).read() == W['secret']: escaped(pid); break\n"
        "    except OSError: pass",
    ),
    Probe(
        "find_the_file_anywhere",
        "name = os.path.basename(W['file'])\n"
        "for top in ('/tmp', '/var', '/home', '/run', '/mnt', '/srv', '/opt', '/media', '/windward', '/etc', '/dev'):\n"
        "    for folder, folders, files in os.walk(top):\n"
        "        if name in files: escaped(folder)\n        if folder.count('/') > 6: folders.clear()",
    ),
    Probe("read_the_kernels_own_files", "escaped(len(os.listdir('/sys/kernel')))"),
    Probe(
        "write_at_the_root",
        "os.open('/', os.O_TMPFILE | os.O_WRONLY, 0o600); escaped('a file without a name')",
    ),
    Probe(
        "write_anywhere_else",
        "for folder in (W['folder'], '/etc', '/usr', '/root', '/home', '/var', '/run', '/dev', '/lib', '/windward', '/opt'):\n"
        "    try: open(folder + '/planted', 'w').close(); os.remove(folder + '/planted'); escaped(folder); break\n"
        "    except OSError: pass",
    ),
    Probe("write_to_the_library", "os.open(os.__file__, os.O_WRONLY); escaped(os.__file__)"),
    Probe(
        "write_to_the_c_library",
        "path = [line.split()[-1] for line in open('/proc/self/maps') if '/libc.so' in line or '/libc-' in line][0]\n"
        "os.open(path, os.O_WRONLY | os.O_APPEND); escaped(path)",
    ),
    Probe(
        "append_to_a_hosts_file_through_a_link",
        "os.symlink(W['file'], 'link'); open('link', 'a').close(); escaped('opened for writing')",
    ),
    Probe("take_over_another_users_file", "os.chown(W['file'], os.getuid(), os.getgid()); escaped()"),
    Probe(
        "open_by_handle",
        "number = {'x86_64': (303, 304), 'aarch64': (264, 265)}[os.uname().machine]\n"
        "handle = ctypes.create_string_buffer(struct.pack('Ii', 120, 0) + bytes(120)); mount = ctypes.c_int()\n"
        "libc.syscall(number[0], -100, b'/', handle, ctypes.byref(mount), 0)\n"
        "works(libc.syscall(number[1], os.open('/', os.O_RDONLY), handle, os.O_RDONLY))",
    ),
    Probe(
        "make_a_device",
        "os.mknod('dev', stat.S_IFCHR | 0o666, os.makedev(1, 5)); escaped(open('dev', 'rb').read(3))",
    ),
    Probe("read_the_kernels_log", "os.open('/dev/kmsg', os.O_RDONLY); escaped()"),
    Probe("ask_for_the_kernels_log", "works(libc.klogctl(10, None, 0))"),
    Probe("pull_a_lever_of_the_kernel", "os.open('/proc/sys/vm/drop_caches', os.O_WRONLY); escaped()"),
    Probe("set_kernel_parameters", "os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY); escaped()"),
    Probe("open_a_terminal", "escaped(os.openpty())"),
    Probe(
        "read_another_programs_shared_memory",
        "assert open(W['shm']).read() == W['secret']; escaped('canary')",
    ),
    Probe(
        "use_a_descriptor_that_was_left_open",
        "for fd in range(3, 4096):\n    if fd in (1000, 1001, 1002): continue\n    try: info = os.fstat(fd)\n"
        "    except OSError: continue\n    escaped(fd, os.readlink(f'/proc/self/fd/{fd}')); break",
    ),
]

SECRETS = [
    Probe("read_the_environment", "if os.environ.get(W['variable']) == W['secret']: escaped(W['variable'])"),
    Probe(
        "read_the_first_process_environment",
        "if W['secret'].encode() in open('/proc/1/environ', 'rb').read(): escaped()",
    ),
    Probe(
        "read_any_environment",
        "for pid in possible_pids():\n    try:\n        if W['secret'].encode() in open(f'/proc/{pid}/environ', 'rb').read(): escaped(pid); break\n"
        "    except OSError: pass",
    ),
    Probe(
        "read_the_c_environment",
        "libc.getenv.restype = ctypes.c_char_p\nif libc.getenv(W['variable'].encode()): escaped()",
    ),
]

NETWORK = [
    Probe(
        "connect_to_loopback", "s = socket.create_connection(('127.0.0.1', W['tcp']), 2); escaped(s.recv(10))"
    ),
    Probe(
        "send_a_datagram",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)\n"
        "s.sendto(b'ping', ('127.0.0.1', W['udp'])); escaped(s.recv(10))",
    ),
    Probe(
        "connect_to_a_unix_socket",
        "s = socket.socket(socket.AF_UNIX); s.settimeout(2); s.connect(W['unix']); escaped(s.recv(10))",
    ),
    Probe(
        "connect_to_an_abstract_socket",
        "s = socket.socket(socket.AF_UNIX); s.settimeout(2); s.connect('\\0' + W['abstract']); escaped(s.recv(10))",
    ),
    Probe(
        "listen_for_connections",
        "s = socket.socket(); s.bind(('0.0.0.0', 0)); s.listen(); escaped(s.getsockname())",
    ),
    Probe(
        "open_a_raw_socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); escaped()"
    ),
    Probe("open_a_packet_socket", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300); escaped()"),
    Probe(
        "ask_the_kernel_about_routes",
        "s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0)); escaped()",
    ),
    Probe("ask_a_name_server", "escaped(socket.getaddrinfo('canary.test', 80))"),
    Probe("see_the_hosts_interfaces", "names = [n for _, n in socket.if_nameindex()]; escaped(names)"),
    Probe(
        "connect_from_a_raw_system_call",
        "works(libc.syscall({'x86_64': 41, 'aarch64': 198}[os.uname().machine], 2, 1, 0))",
    ),
    Probe(
        "connect_from_a_forked_child",
        "if os.fork() == 0:\n    try: escaped(socket.create_connection(('127.0.0.1', W['tcp']), 2).recv(10))\n    finally: os._exit(0)\nos.wait()",
    ),
    Probe(
        "connect_from_another_program",
        "p = subprocess.run([sys.executable, '-c', f\"import socket; print('ESCAPED', socket.create_connection(('127.0.0.1', {W['tcp']}), 2).recv(10))\"], timeout=10)",
    ),
]

PROCESSES = [
    Probe(
        "see_other_processes",
        "seen = [pid for pid in others() if os.path.exists(f'/proc/{pid}/stat')]\nif seen: escaped(seen)",
    ),
    Probe(
        "signal_any_process",
        "for pid in possible_pids():\n    if libc.kill(pid, 0) == 0: escaped(pid); break",
    ),
    Probe("kill_the_parent", "works(libc.kill(os.getppid(), 0 if W['control'] else signal.SIGKILL))"),
    Probe("signal_everybody", "works(libc.kill(-1, signal.SIGCONT))"),
    Probe("signal_the_group", "os.killpg(os.getpgrp(), 0); escaped()"),
    Probe(
        "signal_by_thread_id",
        "number = {'x86_64': 200, 'aarch64': 130}[os.uname().machine]\n"
        "for pid in possible_pids():\n    if libc.syscall(number, pid, 0) == 0: escaped(pid); break",
    ),
    Probe(
        "signal_by_queue",
        "number = {'x86_64': 129, 'aarch64': 138}[os.uname().machine]; info = struct.pack('iii', 0, 0, -1) + bytes(116)\n"
        "for pid in possible_pids():\n    if libc.syscall(number, pid, 0, info) == 0: escaped(pid); break",
    ),
    Probe(
        "signal_by_descriptor_owner",
        "a, b = socket.socketpair()\nfor pid in possible_pids():\n    try: fcntl.fcntl(a, 8, pid); escaped(pid); break\n    except OSError: pass",
    ),
    Probe(
        "signal_by_descriptor_owner_extended",
        "a, b = socket.socketpair()\nfor pid in possible_pids():\n    try: fcntl.fcntl(a, 15, struct.pack('ii', 1, pid)); escaped(pid); break\n    except OSError: pass",
    ),
    Probe(
        "signal_by_socket_owner",
        "a, b = socket.socketpair()\nfor pid in possible_pids():\n    try: fcntl.ioctl(a, 0x8901, struct.pack('i', pid)); escaped(pid); break\n    except OSError: pass",
    ),
    Probe(
        "choose_the_signal_of_a_descriptor", "a, b = socket.socketpair(); fcntl.fcntl(a, 10, 9); escaped()"
    ),
    Probe(
        "signal_by_process_descriptor",
        "for pid in possible_pids():\n    try: fd = os.pidfd_open(pid); signal.pidfd_send_signal(fd, 0); escaped(pid); break\n    except OSError: pass",
    ),
    Probe(
        "take_a_descriptor_of_another_process",
        "for pid in possible_pids():\n    try: fd = os.pidfd_open(pid)\n    except OSError: continue\n"
        "    if libc.syscall(438, fd, 0, 0) >= 0: escaped(pid); break",
    ),
    Probe(
        "open_a_descriptor_of_another_process",
        "for pid in possible_pids():\n    try: escaped(pid, os.listdir(f'/proc/{pid}/fd')); break\n    except OSError: pass",
    ),
    Probe(
        "read_anothers_memory_file",
        "for pid in possible_pids():\n    try: fd = os.open(f'/proc/{pid}/mem', os.O_RDONLY); escaped(pid); break\n    except OSError: pass",
    ),
    Probe(
        "trace_a_process",
        "pid = os.fork()\nif pid == 0: time.sleep(5); os._exit(0)\nworks(libc.ptrace(16, pid, None, None), 'attached')",
    ),
    Probe(
        "be_traced",
        "pid = os.fork()\nif pid == 0:\n    works(libc.ptrace(0, 0, None, None)); os._exit(0)\nos.wait()",
    ),
    Probe(
        "read_anothers_memory_by_call",
        "class IO(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]\n"
        "source = ctypes.create_string_buffer(b'x' * 8); target = ctypes.create_string_buffer(8)\npid = os.fork()\n"
        "if pid == 0: time.sleep(5); os._exit(0)\n"
        "a, b = IO(ctypes.addressof(target), 8), IO(ctypes.addressof(source), 8)\n"
        "works(libc.process_vm_readv(pid, ctypes.byref(a), 1, ctypes.byref(b), 1, 0))",
    ),
    Probe(
        "write_anothers_memory_by_call",
        "class IO(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]\n"
        "source = ctypes.create_string_buffer(b'x' * 8); target = ctypes.create_string_buffer(8)\npid = os.fork()\n"
        "if pid == 0: time.sleep(5); os._exit(0)\n"
        "a, b = IO(ctypes.addressof(source), 8), IO(ctypes.addressof(target), 8)\n"
        "works(libc.process_vm_writev(pid, ctypes.byref(a), 1, ctypes.byref(b), 1, 0))",
    ),
    Probe("become_readable_to_others", "works(libc.prctl(4, 1, 0, 0, 0))"),
    Probe("allow_a_tracer", "works(libc.prctl(36, 1, 0, 0, 0), 'subreaper')"),
    Probe(
        "compare_with_another_process",
        "number = {'x86_64': 312, 'aarch64': 272}[os.uname().machine]\nworks(libc.syscall(number, os.getpid(), os.getpid(), 0, 0, 1))",
    ),
    Probe("start_a_shell", "subprocess.run(['/bin/sh', '-c', 'echo ESCAPED'])"),
    Probe("become_another_program", "os.execv(sys.executable, [sys.executable, '-c', 'print(\"ESCAPED\")'])"),
    Probe(
        "run_a_program_of_ones_own",
        "import shutil; shutil.copyfile(os.path.realpath(sys.executable), 'mine'); os.chmod('mine', 0o755)\n"
        "subprocess.run(['./mine', '-c', 'print(\"ESCAPED\")'])",
    ),
    Probe(
        "run_a_program_through_the_loader",
        "import glob\nloader = [*glob.glob('/lib64/ld-linux*'), *glob.glob('/lib/ld-linux*')][0]\n"
        "subprocess.run([loader, os.path.realpath(sys.executable), '-c', 'print(\"ESCAPED\")'])",
    ),
    Probe(
        "run_a_program_from_memory",
        "fd = os.memfd_create('p'); data = open(os.path.realpath(sys.executable), 'rb').read()\nwhile data: data = data[os.write(fd, data):]\n"
        "pid = os.fork()\nif pid == 0:\n    try: os.execve(fd, ['p', '-c', 'print(\"ESCAPED\")'], {})\n    finally: os._exit(1)\nos.wait()",
    ),
    Probe("hide_memory_in_a_memory_file", "escaped(os.memfd_create('x'))"),
]

PRIVILEGES = [
    Probe("become_root", "os.setuid(0); os.setgid(0); escaped(os.getuid())"),
    Probe("join_groups", "os.setgroups([0]); escaped()"),
    Probe("have_capabilities", "text = open('/proc/self/status').read()\nif int(text.split('CapEff:')[1].split()[0], 16): escaped()"),
    Probe("could_gain_capabilities", "text = open('/proc/self/status').read()\nif int(text.split('CapBnd:')[1].split()[0], 16): escaped()"),
    Probe("could_gain_privileges_by_a_program", "if libc.prctl(39, 0, 0, 0, 0) == 0: escaped('no_new_privs is off')"),
    Probe("make_a_user_namespace", "works(libc.unshare(0x10000000))"),
    *(
        Probe(f"make_a_{name}_namespace", f"works(libc.unshare({flag}))")
        for name, flag in (("mount", 0x20000), ("network", 0x40000000), ("process", 0x20000000), ("host_name", 0x4000000))
    ),
    Probe(
        "make_a_user_namespace_by_clone",
        "number = {'x86_64': 56, 'aarch64': 220}[os.uname().machine]\npid = libc.syscall(number, 0x10000000 | 17, 0, 0, 0, 0)\n"
        "if pid == 0: os._exit(0)\nworks(pid)",
    ),
    Probe(
        "make_a_user_namespace_by_clone3",
        "args = struct.pack('8Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0)\npid = libc.syscall(435, args, 64)\nif pid == 0: os._exit(0)\nworks(pid)",
    ),
    Probe("enter_a_namespace", "works(libc.setns(os.open('/proc/self/ns/net', os.O_RDONLY), 0))"),
    Probe("mount_a_file_system", "os.mkdir('m'); works(libc.mount(b'none', b'm', b'tmpfs', 0, None))"),
    Probe("mount_with_the_new_calls", "works(libc.syscall(430, b'tmpfs', 0))"),
    Probe("clone_a_mount", "works(libc.syscall(428, -100, b'.', 1))"),
    Probe("make_the_root_writable", "works(libc.mount(b'none', b'/', None, 32 | 4096, None))"),
    Probe("unmount_proc", "works(libc.umount2(b'/proc', 2))"),
    Probe("change_the_root", "os.mkdir('r'); os.chroot('r'); escaped()"),
    Probe(
        "swap_the_root",
        "number = {'x86_64': 155, 'aarch64': 41}[os.uname().machine]; os.mkdir('n'); libc.mount(b'none', b'n', b'tmpfs', 0, None); \n"
        "try: os.mkdir('n/old')\nexcept OSError: pass\nworks(libc.syscall(number, b'n', b'n/old'))",
    ),
    Probe("rename_the_host", "socket.sethostname('pwned'); escaped(socket.gethostname())"),
    Probe("raise_a_limit", "old = resource.getrlimit(resource.RLIMIT_AS)\nfor new in (resource.RLIM_INFINITY, old[1]):\n    try: resource.setrlimit(resource.RLIMIT_AS, (new, new))\n    except (OSError, ValueError): continue\n    if resource.getrlimit(resource.RLIMIT_AS) != old: escaped(old); break"),
    Probe("raise_the_soft_limit_only", "old = resource.getrlimit(resource.RLIMIT_NPROC); resource.setrlimit(resource.RLIMIT_NPROC, (old[1], old[1])); escaped(old)"),
    Probe("set_anothers_limit", "for pid in possible_pids():\n    try: resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)); escaped(pid); break\n    except OSError: pass"),
    Probe("jump_the_queue", "os.nice(-5); escaped()"),
    Probe("run_before_everybody", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); escaped()"),
    Probe("be_spared_when_memory_is_short", "open('/proc/self/oom_score_adj', 'w').write('-500'); escaped()"),
    Probe("lock_memory", "m = mmap.mmap(-1, 1 << 20); works(libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m))), ctypes.c_size_t(1 << 20)))"),
]  # fmt: skip

KERNEL = [
    Probe("load_a_kernel_program", "number = {'x86_64': 321, 'aarch64': 280}[os.uname().machine]\nworks(libc.syscall(number, 0, struct.pack('IIII', 2, 4, 8, 1) + bytes(112), 128))"),
    Probe("watch_the_processor", "number = {'x86_64': 298, 'aarch64': 241}[os.uname().machine]\nworks(libc.syscall(number, struct.pack('IIQ', 1, 112, 0) + bytes(96), 0, -1, -1, 0))"),
    Probe("handle_page_faults", "number = {'x86_64': 323, 'aarch64': 282}[os.uname().machine]\nworks(libc.syscall(number, 1))"),
    Probe("submit_calls_by_ring", "works(libc.syscall(425, 4, ctypes.create_string_buffer(120)))"),
    Probe("keep_a_key", "number = {'x86_64': 248, 'aarch64': 217}[os.uname().machine]\nworks(libc.syscall(number, b'user', b'windward-probe', b'x', 1, -2))"),
    Probe("read_the_key_ring", "number = {'x86_64': 250, 'aarch64': 219}[os.uname().machine]\nworks(libc.syscall(number, 0, -3, 1))"),
    Probe("watch_all_files", "number = {'x86_64': 300, 'aarch64': 262}[os.uname().machine]\nworks(libc.syscall(number, 0, 0))"),
    Probe("share_memory_by_key", "works(libc.shmget(0x77, 4096, 0o1666))"),
    Probe("share_a_semaphore_by_key", "works(libc.semget(0x77, 1, 0o1666))"),
    Probe("queue_messages_by_key", "works(libc.msgget(0x77, 0o1666))"),
    Probe("open_a_message_queue", "number = {'x86_64': 240, 'aarch64': 180}[os.uname().machine]\nworks(libc.syscall(number, b'windward', 0o102, 0o600, None))"),
    Probe("change_the_personality", "number = {'x86_64': 135, 'aarch64': 92}[os.uname().machine]\nworks(libc.syscall(number, 0x0040000))"),
    Probe("use_the_local_descriptor_table", "works(libc.syscall(154, 0, None, 0))", x86_only=True),
    Probe(
        "call_as_a_32_bit_program",
        "m = mmap.mmap(-1, 4096, prot=7); m.write(bytes.fromhex('b814000000cd80c3'))\n"
        "call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\npid = call()\nif pid > 0: escaped(pid)",
        x86_only=True,
    ),
]  # fmt: skip

APPETITE = [
    Probe(
        "start_very_many_processes",
        "n = 0\ntry:\n    for n in range(1, 121):\n        if os.fork() == 0: time.sleep(3); os._exit(0)\nexcept OSError: pass\n"
        "if n >= 100: escaped(n)",
        {"processes": 20},
    ),
    Probe(
        "start_very_many_threads",
        "threading.stack_size(1 << 18); n = 0\ntry:\n    for n in range(1, 201): threading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n"
        "except RuntimeError: pass\nif n >= 150: escaped(n)",
        {"processes": 20},
    ),
    Probe("take_300_mib", "x = bytearray(300 << 20); x[::4096] = b'1' * len(x[::4096]); escaped(len(x))", {"memory_mb": 128}),
    Probe("take_a_long_list", "x = [0] * (40 << 20); escaped(len(x))", {"memory_mb": 128}),
    Probe("map_300_mib", "x = mmap.mmap(-1, 300 << 20); x[::4096] = b'1' * len(x[::4096]); escaped(len(x))", {"memory_mb": 128}),
    Probe("fill_the_disk", "for i in range(12): open(f'f{i}', 'wb').write(bytes(8 << 20))\nescaped('96 MiB')", {"disk_mb": 32, "file_mb": 16}),
    Probe("fill_the_temporary_folder", "for i in range(12): open(f'/tmp/f{i}', 'wb').write(bytes(8 << 20))\nescaped('96 MiB')", {"disk_mb": 32, "file_mb": 16}),
    Probe("fill_shared_memory", "for i in range(12): open(f'/dev/shm/f{i}', 'wb').write(bytes(8 << 20))\nescaped('96 MiB')", {"disk_mb": 32, "file_mb": 16}),
    Probe("write_a_huge_file", "f = open('f', 'wb')\nfor _ in range(40): f.write(bytes(1 << 20))\nf.flush(); escaped(f.tell())", {"file_mb": 16}),
    Probe("make_very_many_files", "for i in range(70_000): os.close(os.open(f'f{i}', os.O_CREAT))\nescaped(i)"),
    Probe("open_very_many_files", "f = [os.open('/dev/null', os.O_RDONLY) for _ in range(3000)]; escaped(len(f))"),
]  # fmt: skip

PROBES = [*FILES, *SECRETS, *NETWORK, *PROCESSES, *PRIVILEGES, *KERNEL, *APPETITE]
