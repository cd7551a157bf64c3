"""After a kill: the history ends, and the places in pools are free."""

import dagster as dg

from synth_dagster.demo.__main__ import _PID, end_dead_runs


def test_a_killed_run_ends_and_gives_back_its_place() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        storage = instance.event_log_storage
        storage.set_concurrency_slots("gpu", 1)
        run = instance.create_run_for_job(
            _nothing, status=dg.DagsterRunStatus.STARTED, tags={_PID: str(_no_process())}
        )
        assert storage.claim_concurrency_slot("gpu", run.run_id, "train").is_claimed
        end_dead_runs(instance)
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        assert ended.status == dg.DagsterRunStatus.FAILURE
        assert storage.claim_concurrency_slot("gpu", "another", "train").is_claimed


def test_a_living_run_is_left_alone() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        storage = instance.event_log_storage
        storage.set_concurrency_slots("gpu", 1)
        run = instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED, tags={_PID: "1"})
        assert storage.claim_concurrency_slot("gpu", run.run_id, "train").is_claimed
        end_dead_runs(instance)
        kept = instance.get_run_by_id(run.run_id)
        assert kept is not None
        assert kept.status == dg.DagsterRunStatus.STARTED
        assert not storage.claim_concurrency_slot("gpu", "another", "train").is_claimed


@dg.job
def _nothing() -> None:
    pass


def _no_process() -> int:
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as limit:  # noqa: PTH123
        return int(limit.read()) + 1
