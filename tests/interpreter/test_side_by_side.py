"""Many interpreters at once, one of them hostile, and nothing of one is seen in another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

HOSTILE = """
import os, json, struct, threading
open('secret', 'w').write('from the hostile one')
def noise():
    while True:
        for path in ('/proc', '/tmp', '/dev/shm', '/run', '/episode'):
            try:
                for name in os.listdir(path):
                    try: open(os.path.join(path, name), 'wb').write(b'spoiled')
                    except OSError: pass
            except OSError: pass
threading.Thread(target=noise, daemon=True).start()
if os.fork() == 0:
    os.setsid()
    while True:
        try: os.fork()
        except OSError: pass
body = json.dumps({'id': 1, 'status': 'ok', 'value': 'forged'}).encode()
while True: os.write(1001, struct.pack('!I', len(body)) + body)
"""


def test_fifty_interpreters_do_not_touch_each_other(make):
    sessions = [make(seconds=10, wall_seconds=60) for _ in range(50)]
    hostile = make(seconds=2, wall_seconds=4)

    def one(number: int) -> list[str | None]:
        py = sessions[number]
        py.run(
            f"value = {number}\nopen('mine', 'w').write('{number}')\nopen('/tmp/mine', 'w').write('{number}')"
        )
        twin = py.fork()
        twin.run("value = -value")
        seen = []
        for turn in range(5):
            py.run(f"value += {turn}")
            look = "import os\n(value, open('mine').read(), open('/tmp/mine').read(), sorted(os.listdir()))"
            seen += [py.run(look).value, twin.run(look).value]
        twin.close()
        return seen

    with ThreadPoolExecutor(51) as pool:
        attack = pool.submit(hostile.run, HOSTILE)
        seen = list(pool.map(one, range(50)))
    expected = [
        [
            f"({value}, '{number}', '{number}', ['mine'])"
            for turn in range(5)
            for value in (number + turn * (turn + 1) // 2, -number)
        ]
        for number in range(50)
    ]
    assert seen == expected
    assert attack.result().value != "forged" or attack.result().status == "ok"
    assert hostile.run("1").status in ("ok", "crash")
    assert hostile.run("2").value == "2"
