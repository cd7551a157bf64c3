"""Who is told of failed checks: the sensor's page, and a webhook."""

import json
import urllib.request
from collections.abc import Sequence
from typing import Annotated, final

import dagster as dg
from pydantic import Field

from synth_dagster.synthesis import Synthesis

_TIMEOUT_S = 10.0


@final
class AlertSettings(dg.Resolvable, dg.Model):
    """Where it is told that a check has failed, beside the page of the sensor."""

    webhook: str | None = Field(
        default=None,
        repr=False,
        description='A URL that takes `{"text": ...}` as JSON, as chats do; with a secret in it: '
        "`{{ env.ALERTS_URL }}`. None: only the page of the sensor.",
    )
    every_s: Annotated[int, Field(ge=30)] = Field(default=60, description="Seconds between two looks.")


def failed_checks(
    synthesis: Synthesis, settings: AlertSettings, checks: Sequence[dg.AssetCheckKey]
) -> dg.SensorDefinition:
    """A sensor that tells of every evaluation of a check that has failed, once."""

    @dg.sensor(
        name=synthesis.op("failed_checks"),
        minimum_interval_seconds=settings.every_s,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Tells of failed checks of the synthesis '{synthesis.name}'.",
    )
    def alert(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        told = int(context.cursor or 0)
        records = [context.instance.get_latest_asset_check_evaluation_record(key) for key in checks]
        new = [r for r in records if r is not None and r.id > told and r.evaluation is not None]
        lines = [_sentence(r.evaluation) for r in new if r.evaluation and not r.evaluation.passed]
        if lines and settings.webhook:
            _post(settings.webhook, "\n".join(lines))
        if new:
            context.update_cursor(str(max(record.id for record in new)))
        return dg.SkipReason("\n".join(lines) or "No check has failed since the last look.")

    return alert


def _sentence(evaluation: dg.AssetCheckEvaluation) -> str:
    """What a check says of itself, which holds no value of the data."""
    return (
        f"The check '{evaluation.check_name}' of {evaluation.asset_key.to_user_string()} has failed "
        f"({evaluation.severity.value}): {evaluation.description}"
    )


def _post(url: str, text: str) -> None:
    request = urllib.request.Request(
        url, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()
    except OSError as error:  # the URL may hold a secret, and its library quotes it
        raise dg.Failure(f"The webhook of alerts cannot be reached ({type(error).__name__}).") from None
