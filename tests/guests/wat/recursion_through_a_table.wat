;; Recurses without end, through a table and with large frames.
(core module $guest
  (type $step (func (param i32 i64 i64 i64 i64 i64 i64) (result i32)))
  (table funcref (elem $deeper))
  (func $deeper (type $step)
    (i32.add
      (call_indirect (type $step)
        (i32.add (local.get 0) (i32.const 1))
        (i64.add (local.get 1) (local.get 6)) (i64.xor (local.get 2) (local.get 5)) (local.get 3)
        (local.get 4) (i64.sub (local.get 5) (local.get 1)) (local.get 6)
        (i32.const 0))
      (local.get 0)))
  (func (export "handler") (param $request i32) (result i32)
    (call $deeper (local.get $request) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
      (i64.const 5) (i64.const 6))))
(core instance $main (instantiate $guest))
