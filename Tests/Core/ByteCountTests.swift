import Core
import Testing

@Suite struct ByteCountTests {
  @Test(
    arguments: [
      (0, "1 KiB"), (1_500, "1 KiB"), ((1 << 20) - 1, "1023 KiB"), (1 << 20, "1.0 MiB"), (5_000_000, "4.7 MiB"),
      ((1 << 30) - 1, "1023.9 MiB"), (1 << 30, "1.0 GiB"), (Int64.max, "8589934591.9 GiB"),
    ] as [(Int64, String)]) func `a number of bytes is said in the unit that fits`(count: Int64, words: String)
  {
    #expect(count.bytesInWords == words)
  }
}
