"""Work on a timer: the relay of events and the sweeper of stale uploads."""
