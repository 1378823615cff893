;; Reads beyond its memory.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "handler") (param $request i32) (result i32)
    (i32.load (i32.const -8))))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
