"""Forks are exact: a twin has everything its parent had, and nothing of what either does later."""

from __future__ import annotations

import pytest

from windward.interpreter import InterpreterError


def test_a_twin_has_the_variables_and_the_parent_keeps_its_own(py):
    py.run("x = [1]\nf = lambda: x")
    twin = py.fork()
    twin.run("x.append(2)")
    py.run("x.append(3)")
    assert (twin.run("f()").value, py.run("f()").value) == ("[1, 2]", "[1, 3]")


def test_siblings_do_not_see_each_other(py):
    py.run("x = 0")
    twins = [py.fork() for _ in range(5)]
    for number, twin in enumerate(twins):
        twin.run(f"x = {number}\nopen('mine', 'w').write('{number}')")
    assert [twin.run("(x, open('mine').read())").value for twin in twins] == [
        f"({n}, '{n}')" for n in range(5)
    ]
    assert py.run("import os\n(x, os.listdir())").value == "(0, [])"


def test_random_state_continues_the_same_on_both_sides(py):
    py.run(
        "import random, numpy as np\nrandom.seed(3); np.random.seed(3); g = np.random.default_rng(3)\nrandom.random()"
    )
    twin = py.fork()
    draw = "(random.random(), float(np.random.rand()), float(g.random()), np.random.default_rng(1).random())"
    assert twin.run(draw).value == py.run(draw).value


def test_files_and_folders_branch(py):
    py.run("import os\nos.makedirs('a/b')\nopen('a/b/f', 'w').write('old')\nos.symlink('a/b/f', 'link')")
    twin = py.fork()
    twin.run("open('a/b/f', 'w').write('twin')\nos.remove('link')")
    py.run("open('a/b/g', 'w').write('parent')")
    assert py.run("(open('link').read(), sorted(os.listdir('a/b')))").value == "('old', ['f', 'g'])"
    assert (
        twin.run("(open('a/b/f').read(), os.listdir('a/b'), os.path.lexists('link'))").value
        == "('twin', ['f'], False)"
    )


def test_temporary_files_branch_too(py):
    py.run("open('/tmp/t', 'w').write('old')")
    twin = py.fork()
    twin.run("open('/tmp/t', 'w').write('new')")
    assert py.run("open('/tmp/t').read()").value == "'old'"


def test_modes_and_times_of_files_are_kept(py):
    py.run("import os\nopen('f', 'w').write('x')\nos.chmod('f', 0o640)\nos.utime('f', (1000, 2000))")
    look = "s = os.stat('f')\n(oct(s.st_mode), s.st_atime, s.st_mtime)"
    assert py.fork().run(look).value == "('0o100640', 1000.0, 2000.0)"


def test_open_files_keep_their_place_and_part_ways(py):
    py.run("f = open('log', 'w+')\nn = f.write('ab')\nf.flush()\nr = open('log')\nfirst = r.read(1)")
    twin = py.fork()
    twin.run("n = f.write('T')\nf.flush()")
    py.run("n = f.write('PP')\nf.flush()")
    assert twin.run("(r.read(), open('log').read())").value == "('bT', 'abT')"
    assert py.run("(r.read(), open('log').read())").value == "('bPP', 'abPP')"


def test_unwritten_buffers_are_written_by_each_side_to_its_own(py):
    py.run("f = open('log', 'w')\nn = f.write('pending ')")
    twin = py.fork()
    twin.run("f.write('twin'); f.close()")
    py.run("f.write('parent'); f.close()")
    assert (twin.read_file("log"), py.read_file("log")) == (b"pending twin", b"pending parent")


def test_the_working_directory_is_the_same_place_of_ones_own_folder(py):
    py.run("import os\nos.makedirs('deep/er')\nos.chdir('deep/er')")
    twin = py.fork()
    twin.run("open('x', 'w').write('twin')")
    assert twin.run("os.getcwd()").value == "'/episode/deep/er'"
    assert twin.read_file("deep/er/x") == b"twin"
    assert py.run("os.listdir()").value == "[]"


def test_sparse_files_cost_what_they_hold(make):
    py = make(disk_mb=32, file_mb=64)
    py.run(
        "for i in range(8):\n    with open(f'f{i}', 'wb') as f:\n        n = f.truncate(60 << 20); n = f.write(b'head')"
    )
    assert (
        py.fork().run("import os\n(os.path.getsize('f3'), open('f3', 'rb').read(5))").value
        == r"(62914560, b'head\x00')"
    )


def test_a_chain_of_fifty_forks_remembers_every_step(py):
    py.run("trail = []")
    chain = [py]
    for depth in range(50):
        chain.append(chain[-1].fork())
        chain[-1].run(f"trail.append({depth})\nopen('trail', 'a').write('{depth} ')")
    assert chain[-1].run("trail == list(range(50))").value == "True"
    assert chain[-1].read_file("trail").split() == [str(n).encode() for n in range(50)]
    for depth in (0, 7, 31):
        assert chain[depth].run("len(trail)").value == str(depth)
    for one in chain:
        one.close()


def test_a_twin_lives_on_when_its_parent_is_closed(py):
    py.run("x = 1")
    twin = py.fork()
    py.close()
    grandchild = twin.fork()
    twin.close()
    assert grandchild.run("x").value == "1"
    assert grandchild.fork().run("x + 1").value == "2"
    grandchild.close()


def test_a_twin_lives_on_when_its_parent_crashes_and_the_other_way(py):
    py.run("x = 1")
    twin, other = py.fork(), py.fork()
    assert py.run("import os; os._exit(1)").status == "crash"
    assert twin.run("x").value == "1"
    assert twin.run("import os; os._exit(1)").status == "crash"
    assert other.run("x").value == "1"
    assert py.run("y = 2\ny").value == "2"


def test_a_fork_after_an_error_or_a_timeout_has_the_state_of_that_moment(make):
    py = make(seconds=0.4)
    py.run("x = 1\n1 / 0")
    assert py.run("x = 2\nwhile True: pass").status == "timeout"
    assert py.fork().run("x").value == "2"


def test_a_fork_after_a_lost_state_is_a_fork_of_the_fresh_one(py):
    py.run("open('f', 'w').write('kept')")
    py.run("import os; os._exit(1)")
    assert py.fork().run("open('f').read()").value == "'kept'"


def test_twins_have_their_own_limits(make):
    py = make(seconds=0.5, output_chars=200)
    twin = py.fork()
    assert twin.run("while True: pass").status == "timeout"
    assert py.run("print('x' * 1000)").truncated == 801


def test_asyncio_and_plots_work_in_a_twin(py):
    py.run(
        "import asyncio, matplotlib.pyplot as plt\nasync def f(): return 7\nn = await f()\nplt.plot([1, 2]);"
    )
    twin = py.fork()
    assert twin.run("await f()").value == "7"
    assert twin.run("plt.plot([1]);").images and py.run("await f()").value == "7"


def test_background_threads_end_at_a_fork_as_posix_has_it(py):
    py.run(
        "import threading, time\nstop = threading.Event()\nt = threading.Thread(target=stop.wait); t.start()"
    )
    twin = py.fork()
    assert twin.run("threading.active_count()").value == "1"
    assert py.run("stop.set(); t.join(5); t.is_alive()").value == "False"


def test_memory_shared_on_purpose_is_not_shared_with_a_twin(py):
    py.run(
        "import mmap, numpy as np\nm = mmap.mmap(-1, 4096)\na = np.memmap('f', 'uint8', 'w+', shape=10)\na[1] = 5"
    )
    twin = py.fork()
    assert twin.run("int(a[1])").value == "5"
    twin.run("m[0] = 7\na[0] = 9\na.flush()")
    assert py.run("(m[0], int(a[0]), open('f', 'rb').read(2))").value == r"(0, 0, b'\x00\x05')"
    assert twin.run("(m[0], int(a[0]), open('f', 'rb').read(2))").value == r"(7, 9, b'\t\x05')"


def test_memory_shared_with_a_forked_process_still_is_in_a_twin(py):
    twin = py.fork()
    code = "import os, mmap\nm = mmap.mmap(-1, 4096)\nif os.fork() == 0:\n    m[0] = 7; os._exit(0)\nos.wait()\nm[0]"
    assert twin.run(code).value == "7"


def test_a_fork_that_cannot_be_made_is_said_and_harms_nothing(make):
    py = make(processes=6)
    py.run("import threading, time\nx = 1\nstop = threading.Event()")
    py.run(
        "try:\n    for _ in range(50): threading.Thread(target=stop.wait).start()\nexcept RuntimeError: pass"
    )
    try:
        py.fork().close()  # if there is room for it, so much the better
    except InterpreterError as error:
        assert "fork" in str(error)
    assert py.run("stop.set()\nx").value == "1"


def test_a_deep_folder_harms_nobody(py):
    twin = py.fork()
    py.run("import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')")
    try:
        py.fork().close()
    except InterpreterError as error:
        assert "fork" in str(error)
    assert (py.run("1").value, twin.run("2").value) == ("1", "2")


def test_many_small_files_branch_in_reasonable_time(py):
    py.run("for i in range(2000): open(f'f{i}', 'w').write(str(i))")
    twin = py.fork()
    assert twin.run("import os\n(len(os.listdir()), open('f77').read())").value == "(2000, '77')"


@pytest.mark.slow
def test_three_hundred_live_twins_keep_their_own_values(make):
    py = make(memory_mb=100)
    twins = []
    for number in range(300):
        twins.append(py.fork())
        twins[-1].run(f"x = {number}\nopen('f', 'w').write('{number}')")
    assert all(twin.run("(x, open('f').read())").value == f"({n}, '{n}')" for n, twin in enumerate(twins))
    twins[-1].reset()
    assert twins[-1].run("open('f').read()").value == "'299'"
    for twin in twins:
        twin.close()
