;; Asks for a configuration whose key is 8 MiB long, then answers 200.
(import "alga:extension/config" (instance $config
  (export "get" (func (param "key" string) (result (option string))))))
(core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "heap" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "config" "get" (func $get (param i32 i32 i32)))
  (func (export "handler") (param $request i32) (result i32)
    (local $key i32)
    (local.set $key (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8388608)))
    (memory.fill (local.get $key) (i32.const 120) (i32.const 8388608))
    (call $get (local.get $key) (i32.const 8388608) (i32.const 128))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "config" (instance (export "get" (func $get))))))
