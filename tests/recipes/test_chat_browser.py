"""The page in a real browser: two turns, a plot, a stop, a reload; probes that must stay text; no foreign request.

Skipped where there is no Chromium or no gradio.
"""

import json
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest
from chat_fakes import COUNT

pytest.importorskip("gradio", reason="needs windward[chat]")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

from windward.models.scripted_model import scripted  # noqa: E402
from windward.recipes.chat.control import Control  # noqa: E402
from windward.recipes.chat.conversation import ChatConfig  # noqa: E402
from windward.recipes.chat.script import Script  # noqa: E402
from windward.recipes.chat.store import Conversations  # noqa: E402
from windward.training.controllable import SCALES  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
PROBE = "<script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\"> [x](javascript:alert(1))"
PLOT = "Now the plot.\n<execute>\nimport matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\n</execute>"
HOSTILE = f"{PROBE}\n<execute>\nprint({PROBE!r})\nopen({PROBE.replace('/', '|')!r}, 'w').close()\n</execute>"
SCRIPT = [COUNT, PLOT, "There **it** is.", "I loop.\n<execute>\nwhile True: pass\n</execute>", HOSTILE, PROBE]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs chromium on the PATH")


class Server:
    """The page in a thread of this process."""

    def __init__(self, home, token=None, config=None, model=None):
        import uvicorn

        from windward.recipes.chat.app import make_app

        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        store = Conversations(home, model or Script(SCRIPT, pause=0.005), config or ChatConfig())
        self._server = uvicorn.Server(
            uvicorn.Config(make_app(store, token), log_level="warning", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.02)

    def close(self):
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as run:
        chromium = run.chromium.launch(executable_path=BROWSER, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(**options):
        servers.append(Server(tmp_path / "home", **options))
        return servers[-1].address

    yield start
    for server in servers:
        server.close()


def opened(browser, address, requests):
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    page.wait_for_selector("#ww-box textarea")
    page.wait_for_selector("#ww-files .ww-nothing, #ww-files li")
    return page


def say(page, text, then):
    page.wait_for_selector("#ww-box .submit-button")
    page.fill("#ww-box textarea", text)
    page.press("#ww-box textarea", "Enter")
    page.wait_for_selector(then)


def slide(page, where, kind, level):
    """Sets one of a slider's two inputs, and waits until the other follows: the page then knows of it, whoever has the focus."""
    page.fill(f"{where} input[type={kind}]", level)
    page.press(f"{where} input[type={kind}]", "Tab")
    page.wait_for_function(
        "([where, level]) => [...document.querySelectorAll(`${where} input`)].every(input => input.value === level)",
        arg=[where, level],
    )


def status(address, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_conversation_in_the_browser(browser, serve, tmp_path):
    address, requests = serve(), []
    page = opened(browser, address, requests)

    (tmp_path / "given.csv").write_text("a\n1\n")
    page.set_input_files('#ww-box input[type="file"]', tmp_path / "given.csv")
    page.wait_for_selector("#ww-box .thumbnail-item:not(.loading), #ww-box [aria-label*='Remove']")
    say(page, "Count, then <b>plot</b>.", "#ww-talk >> text=There it is.")
    assert "Count, then <b>plot</b>." in page.inner_text("#ww-talk")
    assert page.inner_text("#ww-talk .ww-code >> nth=0").split("\n")[-2:] == ["x = 41", "print(x + 1)"]
    assert page.inner_text("#ww-talk .ww-output >> nth=0").split() == ["Output", "42"]
    drawn = page.evaluate(
        "() => { const i = document.querySelector('.ww-figure img'); i.loading = 'eager'; return i.decode().then(() => i.naturalWidth) }"
    )
    assert drawn > 300 and page.inner_text("#ww-talk .prose strong") == "it"
    page.wait_for_selector("#ww-files >> text=given.csv")
    with page.expect_download() as download:
        page.click("#ww-files >> text=given.csv")
    assert download.value.path().read_text() == "a\n1\n"

    say(page, "Loop.", "#ww-talk >> text=running")
    page.reload()  # who comes back finds the answer that is under way, and can stop it
    page.wait_for_selector("#ww-talk >> text=running")
    page.click("#ww-box .stop-button")
    page.wait_for_selector("#ww-talk >> text=You stopped it here.")
    say(page, "Show me.", "#ww-talk .ww-output >> nth=2")
    page.wait_for_selector("#ww-files >> text=stolen")
    page.wait_for_selector("#ww-box .submit-button")
    assert page.title() == "Windward" and PROBE in page.inner_text("#ww-talk .ww-output >> nth=2")
    assert not page.query_selector_all(
        "#ww-talk script, #ww-talk [onerror], #ww-side [onerror], #ww-side img"
    )

    assert "?conversation=" in page.url
    page.reload()
    page.wait_for_selector("#ww-talk >> text=You stopped it here.")
    assert page.inner_text("#ww-talk .ww-output >> nth=0").split() == ["Output", "42"]
    page.click(".ww-new a")
    page.wait_for_selector("#ww-talk >> text=Ask for something")
    assert page.query_selector("#ww-talk .ww-code") is None
    page.click("#ww-list a")
    page.wait_for_selector("#ww-talk >> text=You stopped it here.")

    foreign = [url for url in requests if not url.startswith((address, "data:", "blob:"))]
    assert not foreign
    id = page.url.split("conversation=")[1]
    record = tmp_path / "home" / id / "conversation.jsonl"
    for path in (
        f"/gradio_api/file={record}",
        f"/file={record}",
        f"/files/{id}/../conversation.jsonl",
        "/files/x/y",
    ):
        assert status(address + path) in (403, 404), path
    assert status(f"{address}/export/{id}") == 200
    page.context.close()


def post(address, body):
    data = json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_a_path_on_this_machine_is_no_upload(serve, tmp_path):
    (victim := tmp_path / "secret.txt").write_text("secret")
    address = serve()
    with urllib.request.urlopen(f"{address}/config", timeout=30) as answer:
        config = json.load(answer)
    (submit,) = [
        one["id"] for one in config["dependencies"] if any(target[1] == "submit" for target in one["targets"])
    ]
    file = {"path": str(victim), "orig_name": "x.txt", "meta": {"_type": "gradio.FileData"}}
    session = {"fn_index": submit, "session_hash": "abc"}
    post(f"{address}/gradio_api/queue/join", session | {"data": [{"text": "Hello.", "files": [file]}, None]})
    with urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash=abc", timeout=60) as stream:
        told = stream.read().decode()
    assert '"success":false' in told.replace(" ", "") and str(tmp_path) not in told.replace(str(victim), "")
    assert victim.read_text() == "secret"
    assert not [
        path for path in (tmp_path / "home").rglob("*") if "secret" in path.name or "x.txt" in path.name
    ]


def test_the_token_guards_page_api_and_files(browser, serve):
    address = serve(token="let me in")
    for path in (
        "/",
        "/config",
        "/gradio_api/info",
        "/gradio_api/queue/data?session_hash=x",
        "/files/a/b",
        "/theme.css",
    ):
        assert status(address + path) == 401, path
    assert status(address + "/config", Authorization="Bearer let me in") == 200
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.fill("input[name=token]", "let me in")
    page.press("input[name=token]", "Enter")
    page.wait_for_selector("#ww-box textarea")
    assert "token" not in page.url
    say(page, "Count.", "#ww-talk .ww-output")
    page.close()


def test_sliders_ask_for_levels_that_the_model_reads_before_the_words(browser, serve):
    model = scripted(["First.", "Second.", "Third."])
    control = Control({name: SCALES[name] for name in ("helpfulness", "honesty")})
    address = serve(model=model, config=ChatConfig(control=control))
    page = opened(browser, address, [])
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    assert page.locator("#ww-side input[type=range]").count() == 2

    say(page, "Free?", "#ww-talk >> text=First.")
    page.wait_for_selector("#ww-box .submit-button")
    page.check("#ww-ask-honesty input[type=checkbox]")
    slide(page, "#ww-level-honesty", "number", "2")
    say(page, "How honest?", "#ww-talk >> text=Second.")
    page.wait_for_selector("#ww-talk .ww-asked >> text=< honesty: 2 >")
    page.wait_for_selector("#ww-box .submit-button")
    slide(page, "#ww-level-honesty", "range", "3")
    page.check("#ww-ask-helpfulness input[type=checkbox]")
    say(page, "And now?", "#ww-talk >> text=Third.")

    sent = [call[-1]["content"] for call in model.calls]
    assert sent == ["Free?", "< honesty: 2 > How honest?", "< helpfulness: 5 > < honesty: 3 > And now?"]
    page.wait_for_selector("#ww-box .submit-button")
    page.reload()  # what was asked for stays with the words
    page.wait_for_selector("#ww-talk >> text=Third.")
    page.wait_for_function("() => document.querySelectorAll('#ww-talk .ww-asked').length === 2")
    shown = page.locator("#ww-talk .ww-asked").all_inner_texts()
    assert shown == ["< honesty: 2 >", "< helpfulness: 5 > < honesty: 3 >"] and not problems
