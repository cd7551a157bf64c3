"""Failed checks are told once: on the page of the sensor, and to a real webhook."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest

from synth_dagster import AlertSettings

SynthDefs = Callable[..., dg.Definitions]
PRIVACY = dg.AssetKey(["shop", "report"])


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and what it was told."""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret", told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def evaluation(*, passed: bool) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=PRIVACY, check_name="privacy", passed=passed, metadata={}, description="copies is 0.4"
    )


def alerting(defs: dg.Definitions) -> dg.SensorDefinition:
    (sensor,) = [one for one in defs.sensors or [] if one.name == "shop__failed_checks"]
    assert isinstance(sensor, dg.SensorDefinition)
    return sensor


def look(
    sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None
) -> tuple[str, str | None]:
    """What a look says, and where the next one begins."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    said = sensor(context)
    assert isinstance(said, dg.SkipReason)
    return said.skip_message or "", context.cursor


def test_a_failed_check_is_told_once(
    shop_file: Path, synth_defs: SynthDefs, webhook: tuple[str, list[str]]
) -> None:
    url, told = webhook
    sensor = alerting(synth_defs(shop_file, alerts=AlertSettings(webhook=url)))
    with dg.DagsterInstance.ephemeral() as instance:
        said, cursor = look(sensor, instance, None)
        assert said == "No check has failed since the last look."
        instance.report_runless_asset_event(evaluation(passed=False))
        said, cursor = look(sensor, instance, cursor)
        assert said == "The check 'privacy' of shop/report has failed (ERROR): copies is 0.4"
        assert told == [said]
        _, cursor = look(sensor, instance, cursor)
        instance.report_runless_asset_event(evaluation(passed=True))
        look(sensor, instance, cursor)
    assert len(told) == 1


def test_a_webhook_that_is_not_there_is_told_without_its_address(
    shop_file: Path, synth_defs: SynthDefs
) -> None:
    sensor = alerting(synth_defs(shop_file, alerts=AlertSettings(webhook="http://127.0.0.1:9/secret")))
    assert "secret" not in repr(AlertSettings(webhook="http://127.0.0.1:9/secret"))
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(evaluation(passed=False))
        with pytest.raises(dg.Failure, match="cannot be reached") as caught:
            look(sensor, instance, None)
    assert "secret" not in str(caught.value.description)
