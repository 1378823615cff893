;; Traps where the host asks it for room for the request.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
(alias core export $main "realloc" (core func $own-realloc))
