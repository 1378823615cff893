import pytest

from annex_gateway.domain.errors import InvalidControls
from annex_gateway.domain.kill_switches import SwitchScope, SwitchTarget, switches_of
from annex_shared.ids import ExtensionId, VersionId
from unit.gateway.builders import OTHER_TENANT, TENANT, uuid

EXTENSION, VERSION = ExtensionId(uuid(2)), VersionId(uuid(3))


def test_a_run_is_stopped_by_its_own_tenant_extension_and_version_only() -> None:
    keys = {target.key for target in switches_of(TENANT, EXTENSION, VERSION)}

    assert len(keys) == 5
    assert SwitchTarget(SwitchScope.TENANT, OTHER_TENANT).key not in keys
    assert SwitchTarget(SwitchScope.EXTENSION, OTHER_TENANT, EXTENSION).key not in keys
    assert SwitchTarget(SwitchScope.VERSION, version_id=VersionId(uuid(4))).key not in keys


def test_the_same_target_has_the_same_id_every_time() -> None:
    target = SwitchTarget(SwitchScope.EXTENSION, TENANT, EXTENSION)

    assert target.switch_id == SwitchTarget(SwitchScope.EXTENSION, TENANT, EXTENSION).switch_id
    assert target.switch_id != SwitchTarget(SwitchScope.EXTENSION, None, EXTENSION).switch_id


@pytest.mark.parametrize("scope", list(SwitchScope))
def test_a_target_names_the_id_of_its_scope(scope: SwitchScope) -> None:
    with pytest.raises(InvalidControls):
        SwitchTarget.of(scope, tenant_id=None, extension_id=None, version_id=None)


def test_a_target_names_no_id_of_another_scope() -> None:
    with pytest.raises(InvalidControls):
        SwitchTarget.of(SwitchScope.VERSION, tenant_id=None, extension_id=EXTENSION, version_id=VERSION)
