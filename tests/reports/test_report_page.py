from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from page_reading import PageReader
from synthetic_run import make_run

from windward.reports import write_quickstart_report

HOSTILE = {
    "script": "<script>document.title='stolen'</script>",
    "closing": "</script></style></pre></details></textarea><script>document.title='stolen'</script>",
    "comment": "<!--<script> --!> --> <![CDATA[ ]]>",
    "attribute": "\" onmouseover=\"document.title='stolen'\" x='",
    "single": "' autofocus onfocus='document.title=1",
    "image": "<img src=https://evil.example/x onerror=document.title='stolen'>",
    "vector": "<svg onload=document.title='stolen'><use href=https://evil.example/#x></svg>",
    "entity": "&lt;b&gt; &#x3c;script&#x3e; &amp;amp; \u2028\u2029",
    "control": "\x00\x1b]8;;https://evil.example\x07link\x1b\\ \x08\x7f",
    "direction": "\u202ethgir\u202c \u2066\u2069",
    "surrogate": "half \ud83d and \udc00",
    "markdown": "![x](https://evil.example/pixel.png) ${7*7} {{7*7}}",
}


def page_of(folder: Path) -> str:
    return write_quickstart_report(folder).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_model_wrote_adds_no_element_attribute_or_address(tmp_path: Path, name: str) -> None:
    calm = PageReader(page_of(make_run(tmp_path / "calm", action="calm", observation="calm")))
    read = PageReader(page_of(make_run(tmp_path / "run", action=HOSTILE[name], observation=HOSTILE[name])))
    assert [tag for tag, _ in read.elements] == [tag for tag, _ in calm.elements]
    assert [sorted(attributes) for _, attributes in read.elements] == [sorted(a) for _, a in calm.elements]
    assert read.raw == calm.raw


def test_hostile_names_of_problems_nodes_and_settings_stay_text(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    for file in ("trees.jsonl", "evaluations.jsonl", "run.json", "steps.json"):
        path = folder / file
        broken = path.read_text().replace("boxes", HOSTILE["closing"]).replace("embedded", HOSTILE["closing"])
        path.write_text(
            broken.replace("36 steps", HOSTILE["closing"]).replace("made-up CPU", HOSTILE["closing"])
        )
    read = PageReader(page_of(folder))
    assert len(read.named("script")) == 1
    assert HOSTILE["closing"] in read.text


def test_the_whole_of_a_script_in_a_completion_is_readable(tmp_path: Path) -> None:
    read = PageReader(page_of(make_run(tmp_path / "run", action=HOSTILE["script"])))
    assert HOSTILE["script"] in read.text


def test_outputs_of_100_kb_leave_a_page_of_a_few_hundred(tmp_path: Path) -> None:
    page = page_of(make_run(tmp_path / "run", n=8, action="x" * 100_000, observation="<" * 100_000))
    assert "96,000 characters not shown" in page
    assert len(page) < 1_500_000


def test_the_page_loads_and_links_nothing_outside_itself(run_folder: Path) -> None:
    page = page_of(run_folder)
    read = PageReader(page)
    assert not re.search(r"https?://|@import|url\(|//cdn|<link|<iframe|<object|<base", page)
    assert all(not {"src", "srcset", "style", "action"} & set(attributes) for _, attributes in read.elements)
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {str(a["href"]).removeprefix("#") for _, a in read.elements if "href" in a}
    assert targets and targets <= set(ids)


def test_the_content_policy_allows_exactly_the_style_and_the_script_of_the_page(run_folder: Path) -> None:
    read = PageReader(page_of(run_folder))
    policy = next(
        str(a["content"]) for a in read.named("meta") if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for kind in ("script", "style"):
        (content,) = read.raw[kind]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "a" / "run"), make_run(tmp_path / "b" / "run")
    assert page_of(first) == page_of(second)


def test_a_page_is_small_and_leaves_nothing_half_written(run_folder: Path) -> None:
    assert len(page_of(run_folder)) < 200_000
    assert [path.name for path in run_folder.glob("report*")] == ["report.html"]
