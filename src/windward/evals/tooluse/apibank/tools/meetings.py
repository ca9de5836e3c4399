"""Tools for meetings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.world import ToolError, World, alike, moment


@dataclass(frozen=True)
class Meetings:
    """Meetings that users have reserved: topic, time, place and who comes."""

    world: World

    def add(
        self,
        token: str,
        meeting_topic: str,
        start_time: str,
        end_time: str,
        location: str,
        attendees: list[str],
    ) -> str:
        """Reserve a meeting.

        Args:
            token: Token of the user.
            meeting_topic: Title of the meeting, at most 50 characters.
            start_time: When it starts, as 2023-03-16 07:00:00.
            end_time: When it ends, in the same form.
            location: Where it is held, at most 100 characters.
            attendees: Who comes.

        Returns:
            success.
        """
        username = self.world.user(token)
        row = _row(meeting_topic, start_time, end_time, location, attendees)
        self.world.add("Meeting", {**row, "username": username})
        return "success"

    def delete(
        self,
        token: str,
        meeting_topic: str,
        start_time: str,
        end_time: str,
        location: str,
        attendees: list[str],
    ) -> str:
        """Give up a meeting.

        Args:
            token: Token of the user.
            meeting_topic: Title of the meeting.
            start_time: When it starts, as 2023-03-16 07:00:00.
            end_time: When it ends, in the same form.
            location: Where it is held.
            attendees: Who comes.

        Returns:
            success.
        """
        row = _row(meeting_topic, start_time, end_time, location, attendees)
        key, _ = self._find(token, row)
        del self.world.table("Meeting")[key]
        return "success"

    def modify(
        self,
        token: str,
        meeting_topic: str,
        start_time: str,
        end_time: str,
        location: str,
        attendees: list[str],
    ) -> str:
        """Change the meeting with this topic, or else the one that starts at this time.

        Args:
            token: Token of the user.
            meeting_topic: Title of the meeting, at most 50 characters.
            start_time: When it is to start, as 2023-03-16 07:00:00.
            end_time: When it is to end, in the same form.
            location: Where it is to be held, at most 100 characters.
            attendees: Who is to come.

        Returns:
            success.
        """
        row = _row(meeting_topic, start_time, end_time, location, attendees)
        rows = [row for _, row in self.world.rows_of("Meeting", self.world.user(token))]
        meant = [held for held in rows if alike(held["meeting_topic"], meeting_topic)]
        meant += [held for held in rows if held["start_time"] == row["start_time"]]
        if not meant:
            raise ToolError("the user has no meeting with this topic or at that time")
        meant[0].update(row)
        return "success"

    def query(
        self,
        token: str,
        meeting_topic: str,
        start_time: str,
        end_time: str,
        location: str,
        attendees: list[str],
    ) -> dict[str, Any]:
        """Look up a meeting.

        Args:
            token: Token of the user.
            meeting_topic: Title of the meeting.
            start_time: When it starts, as 2023-03-16 07:00:00.
            end_time: When it ends, in the same form.
            location: Where it is held.
            attendees: Who comes.

        Returns:
            The meeting: `meeting_topic`, `start_time`, `end_time`, `location`, `attendees`, `username`.
        """
        return self._find(token, _row(meeting_topic, start_time, end_time, location, attendees))[1]

    def _find(self, token: str, wanted: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        for key, row in self.world.rows_of("Meeting", self.world.user(token)):
            if (
                alike(row["meeting_topic"], wanted["meeting_topic"])
                and row["start_time"] == wanted["start_time"]
                and row["end_time"] == wanted["end_time"]
                and alike(row["location"], wanted["location"])
                and row["attendees"] == wanted["attendees"]
            ):
                return key, row
        raise ToolError("the user has no such meeting")


def _row(topic: str, start: str, end: str, location: str, attendees: list[str]) -> dict[str, Any]:
    starts, ends = moment(start), moment(end)
    if ends < starts:
        raise ToolError("the meeting ends before it starts")
    return {
        "meeting_topic": topic,
        "start_time": starts,
        "end_time": ends,
        "location": location,
        "attendees": attendees,
    }


def meeting_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    of = Meetings(world)
    return {
        "AddMeeting": of.add,
        "DeleteMeeting": of.delete,
        "ModifyMeeting": of.modify,
        "QueryMeeting": of.query,
    }
