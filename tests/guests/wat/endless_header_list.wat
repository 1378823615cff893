;; Answers 200 and says that it has 2,147,483,647 headers.
(core module $guest
  (import "heap" "memory" (memory 1))
  (data (i32.const 0) "\c8\00\00\00" "\40\00\00\00" "\ff\ff\ff\7f")
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
