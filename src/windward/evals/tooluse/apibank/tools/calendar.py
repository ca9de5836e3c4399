"""Tools for a user's agenda, alarms and reminders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.world import ToolError, World, alike, moment


@dataclass(frozen=True)
class Agenda:
    """What users plan: content, time and place."""

    world: World

    def add(self, token: str, content: str, time: str, location: str) -> str:
        """Put an item on a user's agenda.

        Args:
            token: Token of the user.
            content: What the item is about.
            time: When, as 2023-03-16 07:00:00.
            location: Where.

        Returns:
            success.
        """
        username = self.world.user(token)
        row = {"content": content, "time": moment(time), "location": location, "username": username}
        self.world.add("Agenda", row)
        return "success"

    def delete(self, token: str, content: str, time: str, location: str) -> str:
        """Take an item off a user's agenda.

        Args:
            token: Token of the user.
            content: What the item is about.
            time: When it is, as 2023-03-16 07:00:00.
            location: Where it is.

        Returns:
            success.
        """
        key, _ = self._find(token, content, time, location)
        del self.world.table("Agenda")[key]
        return "success"

    def modify(self, token: str, content: str, time: str, location: str) -> str:
        """Move the agenda item with this content to another time and place.

        Args:
            token: Token of the user.
            content: What the item is about.
            time: The new time, as 2023-03-16 07:00:00.
            location: The new place.

        Returns:
            success.
        """
        for _, row in self.world.rows_of("Agenda", self.world.user(token)):
            if alike(row["content"], content):
                row.update(time=moment(time), location=location)
                return "success"
        raise ToolError("the user's agenda has no item with this content")

    def query(self, token: str, content: str, time: str, location: str) -> dict[str, str]:
        """Look up an item on a user's agenda.

        Args:
            token: Token of the user.
            content: What the item is about.
            time: When it is, as 2023-03-16 07:00:00.
            location: Where it is.

        Returns:
            The item: `content`, `time`, `location`, `username`.
        """
        return self._find(token, content, time, location)[1]

    def _find(self, token: str, content: str, time: str, location: str) -> tuple[str, dict[str, Any]]:
        """The item of exactly that time; else one that has a day and no time, on that day."""
        username, when = self.world.user(token), moment(time)
        for told in (when, when.split()[0]):
            for key, row in self.world.rows_of("Agenda", username):
                if (
                    row["time"] == told
                    and alike(row["content"], content)
                    and alike(row["location"], location)
                ):
                    return key, row
        raise ToolError("the user's agenda has no such item")


@dataclass(frozen=True)
class Alarms:
    """When users want to be woken."""

    world: World

    def add(self, token: str, time: str) -> str:
        """Set an alarm.

        Args:
            token: Token of the user.
            time: When it rings, as 2023-03-16 07:00:00.

        Returns:
            success.
        """
        self.world.add("Alarm", {"time": moment(time), "username": self.world.user(token)})
        return "success"

    def delete(self, token: str, time: str) -> str:
        """Remove an alarm.

        Args:
            token: Token of the user.
            time: When it rings, as 2023-03-16 07:00:00.

        Returns:
            success.
        """
        key, _ = self._find(token, time)
        del self.world.table("Alarm")[key]
        return "success"

    def modify(self, token: str, from_time: str, to_time: str) -> str:
        """Move an alarm to another time.

        Args:
            token: Token of the user.
            from_time: When it rings so far, as 2023-03-16 07:00:00.
            to_time: When it is to ring, in the same form.

        Returns:
            success.
        """
        _, row = self._find(token, from_time)
        row["time"] = moment(to_time)
        return "success"

    def query(self, token: str, time: str) -> dict[str, str]:
        """Look up an alarm.

        Args:
            token: Token of the user.
            time: When it rings, as 2023-03-16 07:00:00.

        Returns:
            The alarm: `time`, `username`.
        """
        return self._find(token, time)[1]

    def _find(self, token: str, time: str) -> tuple[str, dict[str, Any]]:
        username, when = self.world.user(token), moment(time)
        for key, row in self.world.rows_of("Alarm", username):
            if row["time"] == when:
                return key, row
        raise ToolError("the user has no alarm at that time")


@dataclass(frozen=True)
class Reminders:
    """What users want to be reminded of."""

    world: World

    def add(self, token: str, content: str, time: str) -> str:
        """Set a reminder.

        Args:
            token: Token of the user.
            content: What it reminds of.
            time: When, as 2023-03-16 07:00:00.

        Returns:
            success.
        """
        username = self.world.user(token)
        self.world.add("Reminder", {"content": content, "time": moment(time), "username": username})
        return "success"

    def delete(self, token: str, content: str, time: str) -> str:
        """Remove a reminder.

        Args:
            token: Token of the user.
            content: What it reminds of.
            time: When, as 2023-03-16 07:00:00.

        Returns:
            success.
        """
        key, _ = self._find(token, content, time)
        del self.world.table("Reminder")[key]
        return "success"

    def modify(self, token: str, content: str, time: str) -> str:
        """Change a reminder: that with this content gets the time, or else that at this time gets the content.

        Args:
            token: Token of the user.
            content: What it reminds of.
            time: When, as 2023-03-16 07:00:00.

        Returns:
            success.
        """
        when = moment(time)
        rows = [row for _, row in self.world.rows_of("Reminder", self.world.user(token))]
        meant = [row for row in rows if alike(row["content"], content)]
        meant += [row for row in rows if row["time"] == when]
        if not meant:
            raise ToolError("the user has no reminder with this content or at that time")
        meant[0].update(content=content, time=when)
        return "success"

    def query(self, token: str, content: str, time: str) -> dict[str, str]:
        """Look up a reminder.

        Args:
            token: Token of the user.
            content: What it reminds of.
            time: When, as 2023-03-16 07:00:00.

        Returns:
            The reminder: `content`, `time`, `username`.
        """
        return self._find(token, content, time)[1]

    def _find(self, token: str, content: str, time: str) -> tuple[str, dict[str, Any]]:
        username, when = self.world.user(token), moment(time)
        for key, row in self.world.rows_of("Reminder", username):
            if row["time"] == when and alike(row["content"], content):
                return key, row
        raise ToolError("the user has no such reminder")


def calendar_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    agenda, alarms, reminders = Agenda(world), Alarms(world), Reminders(world)
    return {
        "AddAgenda": agenda.add,
        "DeleteAgenda": agenda.delete,
        "ModifyAgenda": agenda.modify,
        "QueryAgenda": agenda.query,
        "AddAlarm": alarms.add,
        "DeleteAlarm": alarms.delete,
        "ModifyAlarm": alarms.modify,
        "QueryAlarm": alarms.query,
        "AddReminder": reminders.add,
        "DeleteReminder": reminders.delete,
        "ModifyReminder": reminders.modify,
        "QueryReminder": reminders.query,
    }
