import Core

/// Why the store did not do what it was asked. None holds the content of a record or document.
package enum StoreProblem: Error, Hashable, Sendable {
  /// The journal already has a record there: somebody else writes to the same run, or the caller lost count.
  case sequenceTaken(run: RunID, sequence: Int, place: String)
  case sequenceGap(run: RunID, sequence: Int, place: String)
  /// Another holder has taken the lease.
  case superseded(lease: String, by: LeaseHolder?, place: String)
  /// There is no store, and none was to be made.
  case absent(place: String)
  /// Something is there and cannot be read as what it should be. It is left as it is.
  case corrupt(place: String, why: String)
  /// Made by a newer Gatehouse.
  case newer(place: String, found: Int, known: Int)
  /// Something is there that is not ours.
  case foreign(place: String, why: String)
  /// Could not be reached, opened or written: the machine or the network.
  case unavailable(place: String, why: String)

  package var problem: Problem {
    switch self {
    case .sequenceTaken(let run, let sequence, let place):
      Problem(
        "store.sequence-taken", "record \(sequence) of run \(run) is already written", place: place,
        why: "another process writes to the same run",
        remedy: "see with `gatehouse status` which one, and let it finish")
    case .sequenceGap(let run, let sequence, let place):
      Problem(
        "store.sequence-gap", "record \(sequence) of run \(run) does not follow the last one", place: place,
        why: "records before it are missing", remedy: "see with `gatehouse status` what is known of the run")
    case .superseded(let lease, let holder, let place):
      Problem(
        "store.superseded", "the lock '\(lease)' has been taken over", place: place,
        why: holder.map { "run \($0.run) on \($0.host) holds it since \($0.since)" } ?? "nobody is said to hold it",
        remedy: "nothing more is done here; see that run with `gatehouse status`")
    case .absent(let place):
      Problem(
        "store.absent", "there is no store yet", place: place,
        remedy: "it is made by the first run; see that the folder and the policy are the right ones")
    case .corrupt(let place, let why):
      Problem(
        "store.corrupt", "the store cannot be read", place: place, why: why,
        remedy: "keep a copy of it, then put back a good one, or move it away to begin anew")
    case .newer(let place, let found, let known):
      Problem(
        "store.newer", "the store was made by a newer gatehouse", place: place,
        why: "its version is \(found), this program knows \(known)", remedy: "use a newer gatehouse")
    case .foreign(let place, let why):
      Problem(
        "store.foreign", "what is at the store's place is not a store of gatehouse", place: place, why: why,
        remedy: "name another place in the policy, or move it away")
    case .unavailable(let place, let why):
      Problem(
        "store.unavailable", "the store cannot be used", place: place, why: why,
        remedy: "see that the disk or the database is there, has room, and may be written")
    }
  }
}
