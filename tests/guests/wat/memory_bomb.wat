;; Takes memory in steps of 16 MiB up to 1 GiB and writes to every 4 KiB of it: traps where it is refused,
;; answers 200 where it is not.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "handler") (param $request i32) (result i32)
    (local $place i32)
    (local $end i32)
    (local.set $place (i32.shl (memory.size) (i32.const 16)))
    (local.set $end (local.get $place))
    (loop $more
      (if (i32.eq (memory.grow (i32.const 256)) (i32.const -1)) (then unreachable))
      (local.set $end (i32.add (local.get $end) (i32.const 16777216)))
      (loop $touch
        (i32.store (local.get $place) (i32.const 1))
        (local.set $place (i32.add (local.get $place) (i32.const 4096)))
        (br_if $touch (i32.lt_u (local.get $place) (local.get $end))))
      (br_if $more (i32.lt_u (local.get $end) (i32.const 1073741824))))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
