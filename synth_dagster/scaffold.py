"""What ``dg scaffold defs synth_dagster.SynthComponent NAME`` writes: a synthesis to fill in."""

from typing import Any, final

import dagster as dg

_YAML = """\
type: {type}

attributes:
  # The first part of every asset key.
  name: {name}

  # Where the real tables are. Types: duckdb, postgres, folder, sqlalchemy. Secrets come from the environment:
  #   {{type: postgres, host: db.example.com, database: shop, user: synth, password: {{env: SHOP_PASSWORD}}}}
  source:
    type: duckdb
    database: {name}.duckdb

  # Where the synthetic ones are published.
  destination:
    type: duckdb
    database: {name}_synthetic.duckdb
    schema_name: synthetic

  # The tables, by name or pattern (sales.*). Keys are read from the warehouse. Where it declares none, write
  # a mapping instead and declare them:
  #   orders:
  #     primary_key: id
  #     foreign_keys: [{{column: user_id, parent: users}}]
  #     columns: {{total: numeric}}
  #     leave_out: [comment]
  tables:
    - your_table
    - another_table

  # Lookup tables that are published as they are.
  keep: []

  # Everything below is optional; these are the defaults. `dg utils inspect-component` tells all there is.
  #
  # architecture: {{kind: multilevel}}  # or graph
  # training: {{n_epochs: null, batch_size: 1024, holdout: 0.1, seed: 0}}
  # retraining: {{mode: auto, max_mean_drift: 0.1, max_column_drift: 0.5, max_warm: 30, epochs: 0.25}}
  # sampling: {{scale: 1.0, mode: sample_fks, seed: 0}}
  # checks: {{max_excess_copies: 0.02, min_fidelity: 0.6, fidelity_blocks: false}}
  # publish: {{keep: 0}}  # how many versions stay beside the tables, for `synth-dagster restore`
  # compute: {{device: auto, precision: fp32, threads: null, memory_gib: null, keep_every_s: 60}}
  #
  # automation:  # none: only when somebody clicks
  #   cron: "0 3 * * *"
  #   timezone: Europe/Rome
  # freshness: {{fail_hours: 26, warn_hours: 25}}
  # alerts: {{webhook: "{{{{ env.ALERTS_URL }}}}"}}  # tells of failed checks
  # end_dead_runs: true  # what was killed with the machine does not hold its place for ever
  # partitions: {{by: daily, start: "2026-01-01", tables: {{your_table: its_time}}}}
  # retry: {{max_retries: 2, delay_s: 60, backoff: exponential}}
  #
  # group: {name}
  # owners: ["team:data"]
  # tags: {{domain: sales}}
  # pool: gpu  # ops that train and sample: as many at once as the pool of the instance allows
  # op_tags: {{dagster-k8s/config: {{container_config: {{resources: {{limits: {{nvidia.com/gpu: "1"}}}}}}}}}}
"""


@final
class SynthScaffolder(dg.Scaffolder[Any]):
    """Writes a commented ``defs.yaml``; the synthesis is called as its folder."""

    def scaffold(self, request: dg.ScaffoldRequest[Any]) -> None:
        """See ``dg.Scaffolder``."""
        if request.scaffold_format != "yaml" or request.append:
            dg.scaffold_component(request, {"name": _name(request)})
            return
        text = _YAML.format(type=request.type_name, name=_name(request))
        (request.target_path / "defs.yaml").write_text(text, encoding="utf-8")


def _name(request: dg.ScaffoldRequest[Any]) -> str:
    return request.target_path.name.replace("-", "_")
