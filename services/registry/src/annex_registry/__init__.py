"""The registry service: owner of publishers, versions, bundles and installs."""
