"""Tools for appointments with doctors, health records and symptoms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.world import ToolError, World, alike, day, moment


@dataclass(frozen=True)
class Appointments:
    """Appointments at a hospital, by their number."""

    world: World

    def register(self, patient_name: str, date: str, doctor_name: str) -> str:
        """Make an appointment at the hospital.

        Args:
            patient_name: Name of the patient.
            date: The day, as 2023-03-16.
            doctor_name: Name of the doctor.

        Returns:
            The number of the appointment.
        """
        table = self.world.table("Appointments")
        number = 10_000_000 + len(table)
        while str(number) in table:
            number += 1
        key = self.world.issue(str(number))
        table[key] = {"patient_name": patient_name, "date": day(date), "doctor_name": doctor_name}
        return key

    def cancel(self, appointment_id: str) -> str:
        """Cancel an appointment.

        Args:
            appointment_id: Number of the appointment.

        Returns:
            success.
        """
        self._find(appointment_id)
        del self.world.table("Appointments")[appointment_id]
        return "success"

    def modify(self, appointment_id: str, new_appointment_date: str, new_appointment_doctor: str) -> str:
        """Move an appointment to another day and doctor.

        Args:
            appointment_id: Number of the appointment.
            new_appointment_date: The new day, as 2023-03-16.
            new_appointment_doctor: Name of the new doctor.

        Returns:
            success.
        """
        row = self._find(appointment_id)
        row.update(date=day(new_appointment_date), doctor_name=new_appointment_doctor)
        return "success"

    def query(self, patient_name: str, date: str) -> dict[str, dict[str, str]]:
        """Look up a patient's appointments on a day.

        Args:
            patient_name: Name of the patient.
            date: The day, as 2023-03-16.

        Returns:
            By the number of the appointment: `patient_name`, `date`, `doctor_name`.
        """
        when = day(date)
        found = {
            key: row
            for key, row in self.world.table("Appointments").items()
            if row["date"] == when and alike(row["patient_name"], patient_name)
        }
        if not found:
            raise ToolError("the patient has no appointment on that day")
        return found

    def _find(self, appointment_id: str) -> dict[str, Any]:
        table = self.world.table("Appointments")
        if appointment_id not in table:
            raise ToolError("there is no appointment of that number")
        found: dict[str, Any] = table[appointment_id]
        return found


@dataclass(frozen=True)
class Records:
    """What was measured, by patient and time."""

    world: World

    def record(self, user_id: str, time: str, health_data: list[dict[str, str]]) -> str:
        """Record what was measured of a patient's health.

        Args:
            user_id: Number of the patient.
            time: When it was measured, as 2023-03-16 07:00:00.
            health_data: What was measured, as [{'name': 'heart_rate', 'value': '80'}].

        Returns:
            success.
        """
        entry: dict[str, Any] = {"time": moment(time)}
        for measured in health_data:
            if measured.keys() != {"name", "value"}:
                raise ToolError("each entry of health_data has a name and a value")
            entry[measured["name"]] = measured["value"]
        self.world.table("HealthData").setdefault(user_id.upper(), []).append(entry)
        return "success"

    def query(self, user_id: str, start_time: str, end_time: str) -> list[dict[str, Any]]:
        """Look up what was measured of a patient's health in a span of time.

        Args:
            user_id: Number of the patient; case does not matter.
            start_time: Start of the span, as 2023-03-16 07:00:00.
            end_time: End of the span, in the same form.

        Returns:
            What was measured: `time`, and each value by its name.
        """
        table = self.world.table("HealthData")
        if user_id.upper() not in table:
            raise ToolError("there are no records of this patient")
        start, end = moment(start_time), moment(end_time)
        return [entry for entry in table[user_id.upper()] if start <= entry["time"] <= end]


@dataclass(frozen=True)
class Symptoms:
    """Which illnesses a symptom may come from."""

    world: World

    def search(self, symptom: str) -> list[dict[str, str]]:
        """Find the illnesses that a symptom may come from.

        Args:
            symptom: The symptom.

        Returns:
            For each illness: `name`, `description`.
        """
        return _columns(self._illnesses(symptom), "name", "description")

    def aid(self, symptom: str) -> list[dict[str, str]]:
        """Find what helps at once against a symptom.

        Args:
            symptom: The symptom.

        Returns:
            For each illness that it may come from: `name`, `aid`.
        """
        return _columns(self._illnesses(symptom), "name", "aid")

    def _illnesses(self, symptom: str) -> Sequence[Mapping[str, str]]:
        for name, illnesses in self.world.shelf("Symptom").items():
            if alike(name, symptom):
                found: Sequence[Mapping[str, str]] = illnesses
                return found
        raise ToolError("nothing is known of this symptom")


def _columns(rows: Sequence[Mapping[str, str]], *names: str) -> list[dict[str, str]]:
    return [{name: row[name] for name in names} for row in rows]


def health_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    appointments, records, symptoms = Appointments(world), Records(world), Symptoms(world)
    return {
        "AppointmentRegistration": appointments.register,
        "CancelRegistration": appointments.cancel,
        "ModifyRegistration": appointments.modify,
        "QueryRegistration": appointments.query,
        "RecordHealthData": records.record,
        "QueryHealthData": records.query,
        "SymptomSearch": symptoms.search,
        "EmergencyKnowledge": symptoms.aid,
    }
