(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32) (result i32)))
  (type (;3;) (func (param i32 i32 i32)))
  (type (;4;) (func))
  (type (;5;) (func (param i64 i64 i64 i64 i64 i32) (result i64)))
  (type (;6;) (func (param i32 i32 i32 i32) (result i32)))
  (import "host" "helper" (func (;0;) (type 0)))
  (import "host" "allowed" (func (;1;) (type 1)))
  (import "host" "tailCall" (func (;2;) (type 2)))
  (import "host" "stop" (func (;3;) (type 3)))
  (import "host" "endPacket" (func (;4;) (type 4)))
  (import "host" "memory" (memory (;0;) 0 ADDRESS))
  (import "host" "table" (table (;0;) 0 funcref))
  (func (;5;) (type 6) (param i32 i32 i32 i32) (result i32)
    (local i32 i64 i32 i32 i64 i64 i64 i32 i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    block  ;; label = @1
      loop  ;; label = @2
        local.get 3
        i32.eqz
        if  ;; label = @3
          i32.const ADDRESS
          i32.const 2
          i32.store offset=120 align=1
          br 2 (;@1;)
        end
        local.get 1
        local.get 0
        i32.sub
        i32.const 16
        i32.ge_u
        i32.eqz
        if  ;; label = @3
          i32.const ADDRESS
          i32.const 0
          i32.store offset=120 align=1
          br 2 (;@1;)
        end
        local.get 0
        i32.load8_u offset=512
        drop
        local.get 0
        i32.load offset=8 align=1
        local.set 7
        local.get 0
        i32.load offset=12 align=1
        local.set 11
        local.get 7
        i32.const 14
        i32.sub
        i32.const 3506
        i32.le_u
        local.get 7
        local.get 11
        i32.le_u
        i32.and
        local.get 0
        i32.load offset=4 align=1
        local.get 2
        i32.lt_u
        i32.and
        i32.eqz
        if  ;; label = @3
          i32.const ADDRESS
          i32.const 1
          i32.store offset=120 align=1
          br 2 (;@1;)
        end
        local.get 1
        local.get 0
        i32.sub
        i32.const 16
        i32.sub
        local.get 7
        i32.ge_u
        i32.eqz
        if  ;; label = @3
          i32.const ADDRESS
          i32.const 0
          i32.store offset=120 align=1
          br 2 (;@1;)
        end
        local.get 0
        i32.const 16
        i32.add
        local.set 6
        i32.const ADDRESS
        local.get 0
        i32.store offset=112 align=1
        block  ;; label = @3
          local.get 6
          i64.extend_i32_u
          local.tee 8
          local.get 7
          i64.extend_i32_u
          i64.add
          local.set 9
          local.get 6
          i64.extend_i32_u
          local.set 10
          block  ;; label = @4
            i64.const 0
            local.set 13
            i64.const ADDRESS
            local.set 14
            i64.const 0
            local.set 15
            i64.const 0
            local.set 16
            i64.const 0
            local.set 17
            i64.const 0
            local.set 18
            i64.const 0
            local.set 19
            i64.const 0
            local.set 20
            i64.const 0
            local.set 21
            i64.const 0
            local.set 22
            i64.const 2
            local.set 13
            local.get 13
            i32.wrap_i64
            local.set 4
            br 1 (;@3;)
            unreachable
          end
          i32.const ADDRESS
          local.get 13
          i64.store align=1
          i32.const ADDRESS
          local.get 14
          i64.store offset=8 align=1
          i32.const ADDRESS
          local.get 15
          i64.store offset=16 align=1
          i32.const ADDRESS
          local.get 16
          i64.store offset=24 align=1
          i32.const ADDRESS
          local.get 17
          i64.store offset=32 align=1
          i32.const ADDRESS
          local.get 18
          i64.store offset=40 align=1
          i32.const ADDRESS
          local.get 19
          i64.store offset=48 align=1
          i32.const ADDRESS
          local.get 20
          i64.store offset=56 align=1
          i32.const ADDRESS
          local.get 21
          i64.store offset=64 align=1
          i32.const ADDRESS
          local.get 22
          i64.store offset=72 align=1
          i32.const ADDRESS
          i64.const ADDRESS
          i64.store offset=80 align=1
          local.get 12
          i32.const ADDRESS
          i32.const 1
          call 3
          unreachable
        end
        local.get 4
        i32.const 5
        local.get 4
        i32.const 5
        i32.lt_u
        select
        i32.const 16
        i32.mul
        i32.const ADDRESS
        i32.add
        local.set 6
        local.get 6
        local.get 6
        i64.load align=1
        i64.const 1
        i64.add
        i64.store align=1
        local.get 6
        local.get 6
        i64.load offset=8 align=1
        local.get 0
        i64.load32_u offset=8 align=1
        i64.add
        i64.store offset=8 align=1
        local.get 0
        i32.load offset=8 align=1
        local.get 11
        i32.ne
        if  ;; label = @3
          i32.const ADDRESS
          i32.const ADDRESS
          i64.load offset=128 align=1
          i64.const 1
          i64.add
          i64.store offset=128 align=1
        end
        local.get 0
        local.get 0
        i32.load offset=8 align=1
        i32.add
        i32.const 16
        i32.add
        local.set 0
        local.get 3
        i32.const 1
        i32.sub
        local.set 3
        br 0 (;@2;)
      end
    end
    local.get 0)
  (export "run" (func 5)))
