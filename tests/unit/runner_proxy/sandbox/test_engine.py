"""What the engine refuses to compile, and what its fingerprint depends on."""

import pytest
from wasmtime import Module, WasmtimeError
from wasmtime.component import Component

from annex_runner_proxy.sandbox.engine import build_engine, fingerprint

REFUSED_MODULES = {
    "shared memory": "(module (memory 1 1 shared))",
    "64-bit memory": "(module (memory i64 1))",
    "exceptions": "(module (tag $t) (func (throw $t)))",
    "garbage collection": "(module (type (struct (field i32))))",
    "relaxed SIMD": "(module (func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 "
    "f32x4.relaxed_madd))",
    "other page sizes": "(module (memory 1 (pagesize 1)))",
}
ASYNC_LIFT = """(component
  (core module $m (func (export "f")) (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (func (export "f") async (canon lift (core func $i "f") async)))"""
PLAIN_LIFT = """(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func (export "f") (canon lift (core func $i "f"))))"""


@pytest.mark.parametrize("wat", REFUSED_MODULES.values(), ids=REFUSED_MODULES.keys())
def test_module_with_a_refused_proposal_is_not_compiled(wat: str) -> None:
    with pytest.raises(WasmtimeError):
        Module(build_engine(), wat)


def test_component_model_async_is_off() -> None:
    engine = build_engine()
    Component(engine, PLAIN_LIFT)

    with pytest.raises(WasmtimeError, match="async"):
        Component(engine, ASYNC_LIFT)


def test_code_of_the_compiler_is_read_by_the_workers_engine() -> None:
    code = Component(build_engine(is_compiling=True), PLAIN_LIFT).serialize()
    component = Component.deserialize(build_engine(), code)

    assert component.get_export_index("f") is not None


def test_fingerprint_is_stable_within_a_machine() -> None:
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 32
