"""deploy/grafana/dashboards/causeway.json: Grafana's own types accept it, Prometheus understands each expression, and each
names what is exported."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest
from collections.abc import Iterator

import metrics_guide
import promql
import yaml
from stack_fixture import ROOT

_DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "causeway.json"
_TYPES = ROOT / ".local" / "dashboard_types"
_INTERVAL = re.compile(r"\$__(?:rate_)?interval|\$__range")
_VARIABLE = re.compile(r"\$(\w+)")
_CHECK = """
import type {Dashboard, Panel, RowPanel} from "./node_modules/@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen";
type WithPanels = Omit<Dashboard, "panels"> & {panels: (Panel | RowPanel)[]};
// In JSON a value of an enumeration is its text.
type InJson<T> = T extends string ? `${T}` : T extends object ? {[K in keyof T]: InJson<T[K]>} : T;
export const dashboard: InJson<WithPanels> = %s;
"""
_COMPILER_OPTIONS = {
    "noEmit": True,
    "strict": True,
    "skipLibCheck": True,
    "moduleResolution": "bundler",
    "module": "esnext",
    "target": "es2022",
}


def dashboard() -> dict:
    return json.loads(_DASHBOARD.read_text())


def expressions(variable: str = "x") -> Iterator[str]:
    """Of all panels, with `variable` in place of what is chosen at the top."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield _VARIABLE.sub(lambda _: variable, _INTERVAL.sub("5m", target["expr"]))


class DashboardTest(unittest.TestCase):
    def test_grafana_knows_each_field(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "node_modules").symlink_to((_TYPES / "node_modules").resolve())
            (folder / "dashboard.ts").write_text(_CHECK % json.dumps(dashboard(), indent=1))
            options = {"compilerOptions": _COMPILER_OPTIONS, "files": ["dashboard.ts"]}
            (folder / "tsconfig.json").write_text(json.dumps(options))
            command = [str(_TYPES / "node_modules" / ".bin" / "tsc"), "--project", name]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_prometheus_understands_each_expression(self) -> None:
        rules = [{"record": f"panel:{i}", "expr": text} for i, text in enumerate(expressions())]
        self.assertGreater(len(rules), 30)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            command = ["promtool", "check", "rules", file.name]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_expression_names_what_is_exported(self) -> None:
        families = metrics_guide.of_all_services()
        for expression in expressions("$x"):
            with self.subTest(expression):
                self.assertTrue(promql.selectors(expression))
                self.assertEqual(promql.unknown_names(expression, families), [])

    def test_each_legend_and_variable_names_what_is_there(self) -> None:
        variables = {variable["name"]: variable for variable in dashboard()["templating"]["list"]}
        families = metrics_guide.of_all_services()
        metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variables["appservice_id"]["query"]).groups()
        self.assertIn(label, families[metric].labels)
        for panel in dashboard()["panels"]:
            for target in panel.get("targets", ()):
                with self.subTest(panel["title"], expression=target["expr"]):
                    used = set(_VARIABLE.findall(_INTERVAL.sub("", target["expr"])))
                    self.assertLessEqual(used, set(variables))
                    shown = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
                    kept = promql.grouping_labels(target["expr"]) | promql.TARGET_LABELS
                    self.assertLessEqual(shown, kept)

    def test_panels_have_ids_of_their_own_and_do_not_overlap(self) -> None:
        panels = dashboard()["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        cells: set[tuple[int, int]] = set()
        for panel in panels:
            at = panel["gridPos"]
            taken = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            cells |= taken


if __name__ == "__main__":
    unittest.main()
