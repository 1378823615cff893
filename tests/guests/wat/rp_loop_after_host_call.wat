;; Reads configuration "greeting" once, then loops for ever without calling the host again.
(import "alga:extension/config" (instance $config
  (export "get" (func (param "key" string) (result (option string))))))
(core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "config" "get" (func $get (param i32 i32 i32)))
  (data (i32.const 64) "greeting")
  (func (export "handler") (param $request i32) (result i32)
    (call $get (i32.const 64) (i32.const 8) (i32.const 12))
    (loop $again (br $again))
    unreachable))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "config" (instance (export "get" (func $get))))))
