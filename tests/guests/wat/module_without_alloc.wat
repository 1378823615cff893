;; A core module that exports memory and handler and no alloc.
(module
  (memory (export "memory") 1)
  (func (export "handler") (param i32 i32 i32) (result i32) (i32.const 0)))
