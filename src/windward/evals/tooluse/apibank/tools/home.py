"""Tools for the home: scenes, switches that keep time, music."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.world import ToolError, World, alike, moment


@dataclass(frozen=True)
class Home:
    """Scenes of smart devices, and when devices switch themselves."""

    world: World

    def query_scene(self, name: str) -> list[dict[str, str]]:
        """List the devices of a scene.

        Args:
            name: Name of the scene.

        Returns:
            For each device: `name`, `description`.
        """
        found: list[dict[str, str]] = self.world.table("Scenes")[self._scene(name)]
        return found

    def delete_scene(self, name: str) -> str:
        """Delete a scene.

        Args:
            name: Name of the scene.

        Returns:
            success.
        """
        del self.world.table("Scenes")[self._scene(name)]
        return "success"

    def timed_switch(self, name: str, time: str, on: bool) -> str:
        """Have a device switched on or off at a time; a device that is not known yet is added.

        Args:
            name: Name of the device.
            time: When, as 2023-03-16 07:00:00.
            on: True to switch it on, False to switch it off.

        Returns:
            success.
        """
        row = {"time": moment(time), "on": on}
        self.world.table("TimeSwitch").setdefault(self._device(name) or name, []).append(row)
        return "success"

    def cancel_timed_switch(self, name: str, time: str) -> str:
        """Cancel the switching of a device at a time.

        Args:
            name: Name of the device.
            time: When it was to be switched, as 2023-03-16 07:00:00.

        Returns:
            success.
        """
        device, when = self._device(name), moment(time)
        if device is None:
            raise ToolError("there is no device of that name")
        switches = self.world.table("TimeSwitch")[device]
        for at, row in enumerate(switches):
            if row["time"] == when:
                del switches[at]
                return "success"
        raise ToolError("the device is not to be switched at that time")

    def play_music(self, music_name: str) -> str:
        """Have the music player play a piece.

        Args:
            music_name: Name of the piece.

        Returns:
            The address that the player is sent.
        """
        return f"music://{music_name.lower()}"

    def _scene(self, name: str) -> str:
        for scene in self.world.table("Scenes"):
            if alike(scene, name):
                return scene
        raise ToolError("there is no scene of that name")

    def _device(self, name: str) -> str | None:
        return next((device for device in self.world.table("TimeSwitch") if alike(device, name)), None)


def home_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    of = Home(world)
    return {
        "QueryScene": of.query_scene,
        "DeleteScene": of.delete_scene,
        "TimedSwitch": of.timed_switch,
        "CancelTimedSwitch": of.cancel_timed_switch,
        "PlayMusic": of.play_music,
    }
