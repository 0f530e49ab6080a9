import Core
import PolicyFile
import Snapshots
import Surroundings

/// Whom snapshots are encrypted to: the files of `encrypt-to`, and the zone that their periods begin in.
extension Installation {
  /// Every file of the trusted commit which `encrypt-to` names at any time: no step of a pipeline that writes into
  /// the checkout can put its own in their place.
  func recipientFiles() async throws(Problem) -> RecipientFiles {
    let paths = try database().snapshot.encryptTo
    let zone = paths.contains { $0.span != nil } ? try self.zone() : .utc
    return RecipientFiles(paths, try await committedRecipients(paths), zone: zone)
  }

  private func committedRecipients(_ paths: [RecipientPath]) async throws(Problem) -> [String: [UInt8]] {
    do throws(Problem) {
      let commit = try await keyCommit()
      var names = paths.filter { $0.span == nil }.map(\.text)
      if names.count < paths.count {
        names += try await source.committedFiles(at: commit).filter { RecipientFiles.names($0, paths) }
      }
      var texts: [String: [UInt8]] = [:]
      for name in names {
        texts[name] = try await source.committedBytes(of: name, at: commit, atMost: PolicyFile.maximumSize)
      }
      return texts
    } catch {
      throw Problem(
        "policy.recipients", "the files of recipients cannot be read in \(trustedCommitWords)",
        place: paths.map(\.text).joined(separator: ", "), why: error.why ?? error.what,
        remedy: "run it in a Git checkout with that commit")
    }
  }

  /// The rules of the policy's time zone.
  func zone() throws(Problem) -> ZoneRules {
    if let zone = ZoneFile.rules(of: policy.timezone, environment: environment) { return zone }
    throw Problem(
      "environment.zone", "this machine does not know the time zone \(policy.timezone)",
      remedy: "install its time zone database (Debian, Ubuntu: apt-get install tzdata)")
  }
}
