"""Tasks that somebody has taken and cannot do: supervisors see them, and give them to somebody else."""

from __future__ import annotations

from typing import Any

from console_people import Office
from desk_console import Agent

from desk import tasks
from desk.tasks import CALLBACK, NewTask, Task
from foundation import accounts, audit


def opened(desk: Office, number: int = 0, department: str = "") -> Task:
    with desk.database.write() as tx:
        now = desk.clock.now()
        return tasks.open_task(tx, NewTask(CALLBACK, f"t:{number}", f"回电{number}", department, now), now)


def listed(agent: Agent) -> list[Any]:
    return agent.get("/desk/lists")["tasks"]  # type: ignore[no-any-return]


def test_what_somebody_has_who_is_gone_is_given_to_another(desk: Office) -> None:
    gone, other = Agent(desk, "wang", department="户籍"), Agent(desk, "li", department="出入境")
    boss = Agent(desk, "boss", "supervisor")
    task = opened(desk, department="户籍")
    gone.post(f"/desk/tasks/{task.id}/take")
    with desk.database.write() as tx:
        accounts.disable(tx, "wang", desk.clock.now())
    (row,) = listed(boss)
    assert (row["taken_by"], row["mine"]) == ("wang", False) and listed(other) == []
    assert boss.get(f"/desk/tasks/{task.id}")["task"]["assignable"]
    given = f"/desk/tasks/{task.id}/assign"
    other.post(given, {"to": "li", "had": "wang"}, 403)
    assert "已停用" in boss.post(given, {"to": "wang", "had": "wang"}, 404)["error"]
    boss.post(given, {"to": "li", "had": "wang"})
    (row,) = listed(other)  # of a department that they do not serve, too
    assert row["mine"] and not other.get(f"/desk/tasks/{task.id}")["task"]["assignable"]
    other.post(f"/desk/tasks/{task.id}/done", {"outcome": "reached"})
    assert listed(other) == listed(boss) == []
    with desk.database.read() as tx:
        assert audit.entries(tx, action="desk.task_assign", limit=1)[0].account == "boss"


def test_of_two_who_assign_at_once_the_second_one_is_told(desk: Office) -> None:
    Agent(desk, "wang"), Agent(desk, "li")
    first, second = Agent(desk, "boss", "supervisor"), Agent(desk, "chief", "supervisor")
    task = opened(desk)
    first.post(f"/desk/tasks/{task.id}/assign", {"to": "wang", "had": None})
    refused = second.post(f"/desk/tasks/{task.id}/assign", {"to": "li", "had": None}, 409)
    assert "wang同志" in refused["error"]


def test_nobody_is_given_a_task_who_has_no_list_for_it(desk: Office) -> None:
    boss, _ = Agent(desk, "boss", "supervisor"), Agent(desk, "editor", "editor")
    task = opened(desk)
    assert "看不到待办" in boss.post(f"/desk/tasks/{task.id}/assign", {"to": "editor"}, 422)["error"]


def test_ones_own_are_in_the_list_however_many_others_have(desk: Office) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    for number in range(tasks.MOST_AT_HAND + 1):
        theirs = opened(desk, number)
        with desk.database.write() as tx:
            tasks.take(tx, theirs.id, other.name, desk.clock.now())
    mine, free = opened(desk, 1001), opened(desk, 1002)
    agent.post(f"/desk/tasks/{mine.id}/take")
    assert [row["id"] for row in listed(agent)] == [mine.id, free.id]
