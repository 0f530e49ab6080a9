import Testing

/// Lets so many tests of this target run at a time: each of them runs whole deploys, and a machine may have two cores.
struct InTurn: TestTrait, SuiteTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Turns.shared.take()
    do { try await function() } catch {
      await Turns.shared.giveBack()
      throw error
    }
    await Turns.shared.giveBack()
  }
}

extension Trait where Self == InTurn {
  static var inTurn: Self { InTurn() }
}

private actor Turns {
  static let shared = Turns(of: 3)
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(of count: Int) { free = count }

  func take() async {
    if free > 0 {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func giveBack() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
