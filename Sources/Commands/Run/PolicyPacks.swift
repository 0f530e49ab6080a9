import Core
import FoundationEssentials
import PolicyFile

/// The files beside the policy that judge with it: control packs in `gatehouse/controls/`.
enum PolicyPacks {
  static let folder = "gatehouse/controls"
  /// Files; a pack is a page or two.
  static let most = 256

  /// Every regular file in the folder, sorted by path; empty when there is no such folder.
  ///
  /// - Throws: `policy.packs` when one cannot be read, is too large, or may hold a secret: then what judges a run could
  ///   not be recorded.
  static func read(below root: String) throws(Problem) -> [PolicyText] {
    let place = root + "/" + folder
    var isFolder = false
    guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), isFolder else { return [] }
    let names: [String]
    do { names = try FileManager.default.subpathsOfDirectory(atPath: place).sorted() } catch {
      throw Problem(
        "policy.packs", "the folder of control packs cannot be listed", place: folder, why: "\(error)",
        remedy: "give this user the right to read it")
    }
    var files: [PolicyText] = []
    for name in names {
      var isFolder = false
      guard FileManager.default.fileExists(atPath: place + "/" + name, isDirectory: &isFolder), !isFolder else {
        continue
      }
      guard files.count < most else {
        throw Problem("policy.packs", "there are more than \(most) files in the folder of control packs", place: folder)
      }
      files.append(try file(name, place))
    }
    return files
  }

  private static func file(_ name: String, _ place: String) throws(Problem) -> PolicyText {
    let bytes: [UInt8]
    do { bytes = try DiskFiles.read(place + "/" + name) } catch {
      throw Problem(
        "policy.packs", "a control pack cannot be read", place: "\(folder)/\(name)", why: "\(error)",
        remedy: "give this user the right to read it")
    }
    guard bytes.count <= PolicyFile.maximumSize else {
      throw Problem(
        "policy.packs", "a control pack is larger than \(PolicyFile.maximumSize) bytes", place: "\(folder)/\(name)")
    }
    let text = PolicyText(path: "\(folder)/\(name)", bytes: bytes)
    guard !PolicyFile.mayHoldSecret(text.text) else {
      throw Problem(
        "policy.packs", "a control pack may hold a secret (it is not repeated)", place: "\(folder)/\(name)",
        remedy: "take it out, and replace the secret: it was in a file")
    }
    return text
  }
}

extension Session {
  /// What a run of this session is judged by.
  ///
  /// - Throws: `policy.packs` when a pack cannot be recorded.
  func policyRecord() throws(Problem) -> PolicyRecord {
    PolicyRecord(policy: policy.digest, files: loaded.files + (try PolicyPacks.read(below: installation.folder)))
  }
}
