import Age
import Core
import PolicyFile
import Snapshots
import Surroundings

extension Installation {
  /// Whom snapshots are encrypted to, and who reads them here.
  func snapshotKeys() async throws(Problem) -> SnapshotKeys {
    let rules = try database().snapshot
    var keys = SnapshotKeys(written: writtenKeys)
    for path in rules.encryptTo {
      for recipient in try recipients(path) where !keys.recipients.contains(recipient) {
        keys.recipients.append(recipient)
      }
    }
    keys.identities = try await identities(rules)
    return keys
  }

  private func recipients(_ path: String) throws(Problem) -> [AgeRecipient] {
    let remedy = "write one age1… a line; `age-keygen -y` prints it for a secret key"
    let bytes: [UInt8]
    do { bytes = try DiskFiles.read(folder + "/" + path) } catch {
      throw Problem(
        "policy.recipients", "a file of recipients cannot be read", place: path, why: "\(error)", remedy: remedy)
    }
    do throws(AgeError) { return try AgeRecipient.list(String(decoding: bytes, as: UTF8.self)) } catch {
      throw Problem(
        "policy.recipients", "a file of recipients cannot be used", place: path, why: error.message, remedy: remedy)
    }
  }

  /// None where the secret is not set: a machine that only takes snapshots is not given it.
  private func identities(_ rules: SnapshotRules) async throws(Problem) -> [AgeIdentity] {
    guard let reference = rules.identity else { return [] }
    let secret: Secret
    do throws(Problem) { secret = try await secrets.resolve(reference) } catch {
      guard error.code == "secret.missing" || error.code == "secret.empty" else { throw error }
      return []
    }
    do throws(AgeError) { return try AgeIdentity.list(secret.reveal()) } catch {
      throw Problem(
        "secret.unreadable", "the secret key of snapshots cannot be used", place: "\(reference)", why: error.message,
        remedy: "give it a text as age-keygen writes it, with AGE-SECRET-KEY-1… on a line of its own")
    }
  }

  /// A way back by `restore` needs somebody who reads what was encrypted, in whichever process it happens.
  func refuseUnreadableRestore() async throws(Problem) {
    let rules = try database()
    guard rules.onRollback == .restore, !rules.snapshot.encryptTo.isEmpty else { return }
    guard try await identities(rules.snapshot).isEmpty else { return }
    throw Problem(
      "plan.no-way-back", "the database could not be restored on the way back",
      why: "snapshots are encrypted, and no secret key is here that reads them",
      remedy: "set the secret of database.snapshot.identity in this step, or write on-rollback: down-if-safe")
  }
}
