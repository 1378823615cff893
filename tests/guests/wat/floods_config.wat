;; Never returns: asks for configuration "x" for ever, and the host answers each time.
(import "alga:extension/config" (instance $config
  (export "get" (func (param "key" string) (result (option string))))))
(core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "config" "get" (func $get (param i32 i32 i32)))
  (data (i32.const 64) "x")
  (func (export "handler") (param $request i32) (result i32)
    (loop $again
      (call $get (i32.const 64) (i32.const 1) (i32.const 128))
      (br $again))
    unreachable))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "config" (instance (export "get" (func $get))))))
