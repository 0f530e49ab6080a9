/// Does the work in a task of its own, which goes on when the caller's is cancelled: a record of what was done must
/// not be lost because somebody wants to stop.
func shielded<Value: Sendable>(
  _ work: @escaping @Sendable () async throws(StoreProblem) -> Value
) async throws(StoreProblem) -> Value {
  let task = Task { () -> Result<Value, StoreProblem> in
    do throws(StoreProblem) {
      return .success(try await work())
    } catch {
      return .failure(error)
    }
  }
  return try await task.value.get()
}
