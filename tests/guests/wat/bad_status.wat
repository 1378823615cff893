;; Answers with status 99, which HTTP does not have.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 99))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
