import Core
import FoundationEssentials
import PolicyFile

/// The files beside the policy that judge with it: control packs in `gatehouse/controls/`.
enum PolicyPacks {
  static let folder = "gatehouse/controls"
  /// Files; a pack is a page or two.
  static let most = 256

  /// Every regular file in the folder, and those that the policy names elsewhere, sorted by path.
  ///
  /// - Throws: `policy.packs` when one cannot be read, is too large, or may hold a secret: then what judges a run could
  ///   not be recorded.
  static func read(below root: String, named: [String]) throws(Problem) -> [PolicyText] {
    var files = try read(folderBelow: root)
    for path in Set(named).sorted() where path.contains("/") || path.hasSuffix(".yml") || path.hasSuffix(".yaml") {
      // One that is not there is told by its line of the checklist.
      guard !path.hasPrefix(folder + "/"), FileManager.default.fileExists(atPath: root + "/" + path) else { continue }
      files.append(try file(path, root))
    }
    return files
  }

  private static func read(folderBelow root: String) throws(Problem) -> [PolicyText] {
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
      files.append(try file(folder + "/" + name, root))
    }
    return files
  }

  private static func file(_ path: String, _ root: String) throws(Problem) -> PolicyText {
    let bytes: [UInt8]
    do { bytes = try DiskFiles.read(root + "/" + path) } catch {
      throw Problem(
        "policy.packs", "a control pack cannot be read", place: path, why: "\(error)",
        remedy: "give this user the right to read it")
    }
    guard bytes.count <= PolicyFile.maximumSize else {
      throw Problem(
        "policy.packs", "a control pack is larger than \(PolicyFile.maximumSize) bytes", place: path)
    }
    let text = PolicyText(path: path, bytes: bytes)
    guard !PolicyFile.mayHoldSecret(text.text) else {
      throw Problem(
        "policy.packs", "a control pack may hold a secret (it is not repeated)", place: path,
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
    let named = policy.checklist.flatMap { item -> [String] in
      guard case .controls(let rules) = item.rules else { return [] }
      return rules.packs
    }
    let packs = try PolicyPacks.read(below: installation.folder, named: named)
    return PolicyRecord(policy: policy.digest, files: loaded.files + packs)
  }
}
