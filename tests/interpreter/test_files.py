"""The working folder as the host sees it: listed and read without following anything that code put there."""

import pytest

from windward.interpreter import InterpreterError


def paths(py, **options):
    return [info.path for info in py.list_files(**options)]


def test_files_are_listed_by_path_with_their_sizes(py):
    py.write_file("data/in.csv", b"a,b\n1,2\n")
    py.run("open('out.txt', 'w').write('12345')")
    listed = py.list_files()
    assert [(info.path, info.size) for info in listed] == [("data/in.csv", 8), ("out.txt", 5)]
    assert all(py.read_file(info.path) for info in listed)


def test_a_changed_file_has_another_time(py):
    py.write_file("a", b"1")
    before = py.list_files()[0]
    py.run("import os; os.utime('a', ns=(1, 7))")
    after = py.list_files()[0]
    assert (before.size, after.size, after.changed) == (1, 1, 7) and before.changed != 7


def test_links_and_pipes_are_not_listed(py):
    py.run("""
import os
os.symlink('/etc/passwd', 'link')
os.symlink('/', 'root')
os.mkfifo('pipe')
open('plain', 'w').close()
""")
    assert paths(py) == ["plain"]


def test_a_folder_that_is_swapped_for_a_link_leads_nowhere(py):
    py.run("import os; os.mkdir('d'); open('d/x', 'w').close(); os.rename('d', 'e'); os.symlink('/etc', 'd')")
    assert paths(py) == ["e/x"]


def test_hidden_files_and_names_that_no_screen_should_show_are_left_out(py):
    py.run(r"""
import os
for name in ('.cache', 'bell\a', 'line\nbreak', 'esc\x1b[2J', 'fine <b>.txt'):
    open(name, 'w').close()
open(b'\xff\xfe', 'w').close()
os.mkdir('.config'); open('.config/x', 'w').close()
""")
    assert paths(py) == ["fine <b>.txt"]


def test_the_listing_is_bounded_in_number_and_depth(py):
    py.run("""
import os
for n in range(300):
    open(f'{n:04}', 'w').close()
here = os.getcwd()
for n in range(150):
    os.mkdir('d'); os.chdir('d')
open('deep', 'w').close()
os.chdir(here)
""")
    assert len(py.list_files(most=100)) == 100
    assert len(py.list_files()) == 300


def test_a_very_full_folder_is_no_trouble(py):
    py.run("[open('n' * 200 + str(n), 'w').close() for n in range(3000)]")
    assert len(py.list_files(most=2_000)) == 2_000


def test_a_twin_lists_its_own_folder(py):
    py.write_file("shared", b"1")
    with py.fork() as twin:
        twin.write_file("own", b"2")
        assert (paths(py), paths(twin)) == (["shared"], ["own", "shared"])


def test_the_folder_outlives_a_lost_session(py):
    py.write_file("kept", b"1")
    assert py.run("import os; os._exit(1)").state_lost
    assert paths(py) == ["kept"]


def test_an_emptied_folder_has_no_files(py):
    py.write_file("a", b"1")
    py.run("import os; os.remove('a')")
    assert paths(py) == []


def test_a_closed_interpreter_lists_nothing(make):
    py = make()
    py.close()
    with pytest.raises(InterpreterError, match="closed"):
        py.list_files()


def test_pandas_reads_a_table_within_the_usual_memory(py):
    py.write_file("in.csv", b"name,n\nx,1\ny,2\n")
    assert py.run("import pandas as pd\npd.read_csv('in.csv').shape").value == "(2, 2)"
