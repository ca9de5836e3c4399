"""Tools that tell something: the date, history, an encyclopedia, documents, recordings, other languages; and mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.tools.ranking import best_documents
from windward.evals.tooluse.apibank.world import TODAY, ToolError, UnavailableError, World, alike

_HITS = 2
_UNANSWERED = "The question is too difficult to answer."


@dataclass(frozen=True)
class Information:
    """What can be looked up, and what goes out as mail."""

    world: World

    def get_today(self) -> str:
        """Tell the date of today.

        Returns:
            The day, as 2023-03-16.
        """
        return TODAY

    def query_history_today(self, date: str) -> list[str]:
        """List what happened on a day of the year in history.

        Args:
            date: The day of the year, month first, as 03-16.

        Returns:
            A line for each event.
        """
        events: Sequence[Mapping[str, str]] | None = self.world.shelf("History").get(date)
        if events is None:
            raise ToolError("no event is known of that day; write it as 03-16, month first")
        return [
            f"Title: {event['Title']}, Date: {event['Date']}, Description: {event['Description']}"
            for event in events
        ]

    def wiki(self, keyword: str) -> dict[str, str]:
        """Look a keyword up in the encyclopedia.

        Args:
            keyword: What to look up.

        Returns:
            `url` and `summary` of its article.
        """
        for title, article in self.world.shelf("Wiki").items():
            if alike(title, keyword):
                # Without the article's text, which the recorded answer lacks too.
                return {"url": article["url"], "summary": article["summary"]}
        raise ToolError("there is no article on this keyword")

    def search_engine(self, keyword: str) -> list[dict[str, str]]:
        """Search the web.

        Args:
            keyword: What to search for.

        Returns:
            The best pages: `title`, `url`, `abstract`.
        """
        index = self.world.shelf("SearchEngine")
        if not index:
            raise UnavailableError("the web cannot be searched here", "network_or_stubbed")
        at = best_documents(keyword.lower().split(), index["tokenized_documents"], _HITS)
        if not at:
            raise ToolError("no page fits the keyword")
        return [index["raw_documents"][number] for number in at]

    def document_qa(self, url: str, question: str) -> str:
        """Answer a question from a document on the web.

        Args:
            url: Address of the document; ends with .txt.
            question: The question.

        Returns:
            The answer.
        """
        if not url.endswith(".txt"):
            raise ToolError("the address of a document ends with .txt")
        # The recorded service refused every question, those that its own table answers included.
        self.world.log("Asked").append([url, question])
        return _UNANSWERED

    def speech_recognition(self, url: str) -> str:
        """Write down what is said in a recording.

        Args:
            url: Address of the recording; ends with .wav.

        Returns:
            What is said.
        """
        said: str | None = self.world.shelf("SpeechRecognition").get(url)
        if said is None:
            raise ToolError("there is no recording at that address")
        return said

    def image_caption(self, url: str) -> str:
        """Describe an image.

        Args:
            url: Address of the image; ends with .jpg, .jpeg or .png.

        Returns:
            The caption.
        """
        captions = self.world.shelf("ImageCaptioning")
        if not captions:
            raise UnavailableError("images cannot be described here", "caption_data_missing")
        caption: str | None = captions.get(url)
        if caption is None:
            raise ToolError("there is no image at that address")
        return caption

    def dictionary(self, keyword: str) -> list[dict[str, Any]]:
        """Look a word up in the dictionary.

        Args:
            keyword: The word.

        Returns:
            For each part of speech: `partOfSpeech`, `definitions`.
        """
        raise UnavailableError("the dictionary cannot be reached from here", "network_or_stubbed")

    def translate(self, src: str, src_lang: str = "auto", tgt_lang: str = "en") -> str:
        """Translate a text.

        Args:
            src: The text.
            src_lang: Its language; found out if not given.
            tgt_lang: The language to translate it to; English if not given.

        Returns:
            The translation.
        """
        raise UnavailableError("the translator cannot be reached from here", "network_or_stubbed")

    def send_email(self, receiver: str, subject: str, content: str) -> str:
        """Send an email.

        Args:
            receiver: Address to send it to.
            subject: What it is about.
            content: The text.

        Returns:
            success.
        """
        if "@" not in receiver:
            raise ToolError("the receiver is no email address")
        self.world.log("Sent").append([receiver, subject, content])
        return "success"


def information_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    of = Information(world)
    return {
        "GetToday": of.get_today,
        "QueryHistoryToday": of.query_history_today,
        "Wiki": of.wiki,
        "SearchEngine": of.search_engine,
        "DocumentQA": of.document_qa,
        "SpeechRecognition": of.speech_recognition,
        "ImageCaption": of.image_caption,
        "Dictionary": of.dictionary,
        "Translate": of.translate,
        "SendEmail": of.send_email,
    }
