"""ftbench beside its peers: the same server, the same machine, the same run. The peers live in environments of their own."""
