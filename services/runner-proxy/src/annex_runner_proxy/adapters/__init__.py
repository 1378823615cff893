"""Workers, compiler, module cache and registry behind the ports of the domain."""
