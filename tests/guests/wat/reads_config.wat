;; Reads configuration "greeting": answers 200 and its value, or 404 and no body where it is not set.
(import "alga:extension/config" (instance $config
  (export "get" (func (param "key" string) (result (option string))))))
(core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "config" "get" (func $get (param i32 i32 i32)))
  (data (i32.const 64) "greeting")
  (func (export "handler") (param $request i32) (result i32)
    ;; An optional text has the layout of the response's optional body.
    (call $get (i32.const 64) (i32.const 8) (i32.const 12))
    (i32.store16 (i32.const 0)
      (select (i32.const 200) (i32.const 404) (i32.load8_u (i32.const 12))))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "config" (instance (export "get" (func $get))))))
