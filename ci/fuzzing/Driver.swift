// What libFuzzer calls. The reader is chosen by GATEHOUSE_FUZZ_READER, so that one program serves them all.

@_cdecl("LLVMFuzzerInitialize")
public func initialise(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
  gatehouse_fuzz(nil, 0)
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  gatehouse_fuzz(bytes, count)
  return 0
}
