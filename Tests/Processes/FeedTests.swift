import Core
import Processes
import TestSupport
import Testing

@Suite struct `A program that is fed while it runs` {
  private func command(_ words: [String]) -> Command {
    Command(words, environment: ["PATH": "/usr/bin:/bin"], folder: "/", timeout: .seconds(60))
  }

  /// Feeds as many pieces of 100,000 bytes as are asked for, and says whether all were taken.
  private func feed(_ command: Command, pieces: Int) async throws -> (finished: Finished, wasTaken: Bool) {
    var command = command
    let feed = try ProgramFeed()
    command.feed = feed
    let fed = command
    async let finished = SystemProcessRunner().run(fed)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 100_000, alignment: 1)
    defer { piece.deallocate() }
    piece.initializeMemory(as: UInt8.self, repeating: 65)
    var wasTaken = true
    for _ in 0..<pieces where wasTaken { wasTaken = await feed.write(UnsafeRawBufferPointer(piece)) }
    feed.close()
    return (try await finished, wasTaken)
  }

  @Test func `gets all of it, however slowly it reads`() async throws {
    let counted = try await feed(command(["wc", "-c"]), pieces: 50)
    #expect(counted.wasTaken && counted.finished.output == Array("5000000\n".utf8))
    let nothing = try await feed(command(["wc", "-c"]), pieces: 0)
    #expect(nothing.finished.output == Array("0\n".utf8))
  }

  @Test func `that reads no more ends the feeding, and not us`() async throws {
    let cut = try await feed(command(["head", "-c", "10"]), pieces: 100)
    #expect(!cut.wasTaken && cut.finished.succeeded && cut.finished.output == Array("AAAAAAAAAA".utf8))
    var sleeping = command(["sleep", "600"])
    sleeping.timeout = .milliseconds(100)
    let late = try await feed(sleeping, pieces: 100)
    #expect(!late.wasTaken && late.finished.ending == .timedOut)
  }

  @Test func `lets the feeder go when the feed is closed while it waits`() async throws {
    var sleeping = command(["sleep", "600"])
    let feed = try ProgramFeed()
    sleeping.feed = feed
    let fed = sleeping
    let running = Task { try await SystemProcessRunner().run(fed) }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 10 << 20, alignment: 1)
    defer { piece.deallocate() }
    piece.initializeMemory(as: UInt8.self, repeating: 65)
    let address = UInt(bitPattern: piece.baseAddress)
    let waiting = Task {
      await feed.write(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: 10 << 20))
    }
    feed.close()
    #expect(await !waiting.value)
    running.cancel()
    _ = await running.result
  }

  @Test func `and cannot be started ends the feeding`() async throws {
    var missing = command(["no-such-program"])
    let feed = try ProgramFeed()
    missing.feed = feed
    let started = missing
    async let problem = #expect(throws: Problem.self) { try await SystemProcessRunner().run(started) }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
    defer { piece.deallocate() }
    piece.initializeMemory(as: UInt8.self, repeating: 65)
    while await feed.write(UnsafeRawBufferPointer(piece)) {}
    #expect(await problem?.code == "process.not-found")
  }

  @Test func `is one program`() async throws {
    var first = command(["cat"])
    let feed = try ProgramFeed()
    first.feed = feed
    feed.close()
    #expect(try await SystemProcessRunner().run(first).succeeded)
    let second = first
    let problem = await #expect(throws: Problem.self) { try await SystemProcessRunner().run(second) }
    #expect(problem?.code == "process.feed")
  }
}
