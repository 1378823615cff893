;; Answers 200, `content-type: text/plain` and the body "ok".
(core module $guest
  (import "heap" "memory" (memory 1))
  (data (i32.const 64) "content-type" "text/plain" "ok")
  (data (i32.const 0)
    "\c8\00\00\00" "\20\00\00\00" "\01\00\00\00"    ;; status 200, one header at 32
    "\01\00\00\00" "\56\00\00\00" "\02\00\00\00"    ;; a body of 2 bytes at 86
    "\00\00\00\00\00\00\00\00"
    "\40\00\00\00" "\0c\00\00\00"                   ;; name: 12 bytes at 64
    "\4c\00\00\00" "\0a\00\00\00")                  ;; value: 10 bytes at 76
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
