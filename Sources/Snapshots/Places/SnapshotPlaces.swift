import Attestations
import Core
import JSONText

/// What is in the places of snapshots, read without trusting it.
package struct SnapshotListing: Sendable {
  /// Complete snapshots, newest first.
  package var records: [SnapshotRecord] = []
  /// What lies in a place and cannot be counted, each with its file; and places that cannot be looked into.
  package var problems: [Problem] = []

  package init(records: [SnapshotRecord] = [], problems: [Problem] = []) {
    self.records = records
    self.problems = problems
  }

  /// The newest one that was restored and compared, and that somebody can open as far as is known.
  package var newestProven: SnapshotRecord? { records.first { $0.isProven && !$0.isUnopenable } }

  /// The same of this database, and not of a copy of its server at another address.
  package func newestProven(of database: DatabaseIdentity, at place: String) -> SnapshotRecord? {
    records.first { $0.isProven && !$0.isUnopenable && $0.isOf(database, at: place) }
  }

  package func record(_ id: String) -> SnapshotRecord? { records.first { $0.id == id } }
}

/// The places of a policy's snapshots, in its order. A snapshot is written to all of them and read from the first that
/// holds it whole.
package struct SnapshotPlaces: Sendable {
  package let all: [any SnapshotPlace]
  /// Whose signatures a manifest, and a proof, must have to count.
  let signedBy: [TrustedKey]

  package init(_ all: [any SnapshotPlace], signedBy: [TrustedKey] = []) {
    self.all = all
    self.signedBy = signedBy
  }

  /// More than any manifest of a real database; a larger one is not read into memory.
  private static let documentLimit = 256 << 20

  /// The places in which the snapshot is, by their names.
  func holding(_ record: SnapshotRecord) -> [any SnapshotPlace] { all.filter { record.places.contains($0.shown) } }

  /// All snapshots of all places. A place that cannot be looked into is a problem of the listing, and thrown when no
  /// other one can.
  func list() async throws(Problem) -> SnapshotListing {
    var copies: [SnapshotRecord] = []
    var withdrawn: [String: KnownWithdrawals] = [:]
    var problems: [Problem] = []
    var closed = 0
    for place in all {
      do throws(Problem) {
        let sizes = try await sizes(in: place)
        for name in sizes.keys.sorted() where name.hasSuffix(SnapshotWithdrawal.nameEnding) {
          let id = String(name.dropLast(SnapshotWithdrawal.nameEnding.count))
          if let found = try await withdrawal(of: id, at: place, sizes) {
            withdrawn[id, default: KnownWithdrawals()].found.append(found)
          }
        }
        for name in sizes.keys.sorted() where SnapshotPlaces.isManifest(name) {
          do throws(Problem) {
            let (found, doubt) = try await copy(String(name.dropLast(5)), at: place, sizes)
            copies.append(found)
            if let doubt { problems.append(doubt) }
          } catch {
            problems.append(error)
          }
        }
      } catch {
        problems.append(error)
        closed += 1
      }
    }
    if closed == all.count, let first = problems.first { throw first }
    return merged(copies, withdrawn, problems)
  }

  /// One snapshot by its id. Its bytes are looked at for their presence and length only.
  func record(_ id: String) async throws(Problem) -> SnapshotRecord {
    guard SnapshotManifest.isName(id) else {
      throw Problem("snapshot.unreadable", "this is no name of a snapshot", place: id)
    }
    var copies: [SnapshotRecord] = []
    var withdrawn = KnownWithdrawals()
    var problems: [Problem] = []
    for place in all {
      do throws(Problem) {
        let sizes = try await sizes(in: place)
        if let found = try await withdrawal(of: id, at: place, sizes) { withdrawn.found.append(found) }
        if sizes["\(id).json"] != nil { copies.append(try await copy(id, at: place, sizes).record) }
      } catch {
        problems.append(error)
      }
    }
    if let record = merged(copies, [id: withdrawn], []).records.first { return record }
    throw problems.first
      ?? Problem("snapshot.none", "there is no snapshot \(id)", place: all.map(\.shown).joined(separator: ", "))
  }

  /// Whether a file's name is a manifest's, and not that of what is known of a snapshot besides.
  private static func isManifest(_ name: String) -> Bool {
    name.hasSuffix(".json")
      && ![
        ".verified.json", ".hold.json", ".export.json", ".reading.json", ".restore.json", SnapshotWithdrawal.nameEnding,
      ].contains(
        where: name.hasSuffix)
  }

  func sizes(in place: any SnapshotPlace) async throws(Problem) -> [String: Int64] {
    Dictionary(try await place.objects().map { ($0.name, $0.bytes) }) { first, _ in first }
  }

  /// - Returns: Also why a proof that lies beside it does not count.
  private func copy(
    _ id: String, at place: any SnapshotPlace, _ sizes: [String: Int64]
  ) async throws(Problem) -> (record: SnapshotRecord, doubt: Problem?) {
    let path = "\(place.shown)/\(id).json"
    guard SnapshotManifest.isName(id) else {
      throw Problem("snapshot.unreadable", "this is no name of a snapshot", place: path)
    }
    let (json, text) = try await document("\(id).json", at: place)
    guard let manifest = SnapshotManifest(json: json), manifest.id == id else {
      throw Problem(
        "snapshot.unreadable", "the manifest is not one of this version, or incomplete", place: path,
        remedy: "it does not count; a newer version of Gatehouse may have written it")
    }
    try await refuseUnsigned(manifest, text, at: place, sizes)
    var record = SnapshotRecord(manifest: manifest, places: [place.shown])
    guard let stored = sizes[manifest.artefactName] else {
      throw Problem("snapshot.missing", "the snapshot's bytes are not there", place: record.artefactPath)
    }
    guard stored >= manifest.storedBytes else {
      throw Problem(
        "snapshot.truncated", "the snapshot is cut short", place: record.artefactPath,
        why: "\(stored) of \(manifest.storedBytes) bytes are there")
    }
    guard stored == manifest.storedBytes else {
      throw Problem(
        "snapshot.altered", "the snapshot is not what was written", place: record.artefactPath,
        why: "\(stored) bytes are there, \(manifest.storedBytes) were written")
    }
    guard sizes[manifest.verificationName] != nil else { return (record, nil) }
    let proofPath = "\(place.shown)/\(manifest.verificationName)"
    let written = try await document(manifest.verificationName, at: place).json
    var verified = SnapshotVerification(json: written)
    if !signedBy.isEmpty {
      do throws(ProofSignature.Fault) { verified = try ProofSignature.proof(written, by: signedBy) } catch {
        let doubt = Problem(
          "snapshot.unsigned-proof", "the record of the verification has no signature that counts", place: proofPath,
          why: error.why, remedy: "the snapshot counts as not proven: gatehouse snapshot verify \(id)")
        return (record, doubt)
      }
    }
    guard let verified, verified.snapshot == id else {
      throw Problem("snapshot.unreadable", "the record of the verification cannot be read", place: proofPath)
    }
    // A verification of other bytes says nothing about these, so this snapshot is an unverified one.
    if verified.storedSHA256 == manifest.storedSHA256 { record.verified = verified }
    return (record, nil)
  }

  /// One snapshot for each id, in all places that hold the same one. The first place says which that is.
  private func merged(
    _ copies: [SnapshotRecord], _ withdrawn: [String: KnownWithdrawals], _ problems: [Problem]
  ) -> SnapshotListing {
    var listing = SnapshotListing(records: [], problems: problems)
    var index: [String: Int] = [:]
    for var copy in copies {
      let place = copy.places.first
      if let proof = copy.verified, withdrawn[copy.id]?.leave(proof, of: copy.manifest, at: place) == false {
        copy.verified = nil
        listing.problems.append(
          Problem(
            "snapshot.withdrawn", "a proof lies there that was withdrawn since",
            place: "\(place ?? "")/\(copy.manifest.verificationName)",
            why: "the snapshot did not restore, or the copy was damaged, after it was written",
            remedy: "it does not count: gatehouse snapshot verify \(copy.id)"))
      }
      guard let known = index[copy.id] else {
        index[copy.id] = listing.records.count
        listing.records.append(copy)
        continue
      }
      guard listing.records[known].manifest == copy.manifest else {
        listing.problems.append(
          Problem(
            "snapshot.altered", "two places hold different snapshots of one name", place: copy.artefactPath,
            why: "its manifest is not the one in \(listing.records[known].places.first ?? "the first place")",
            remedy: "the one of the first place counts; look who wrote the other"))
        continue
      }
      listing.records[known].places += copy.places
      // The bytes are the same by their digest, so what one place knows of them holds for all.
      listing.records[known].verified = SnapshotVerification.stronger(listing.records[known].verified, copy.verified)
    }
    listing.records.sort { ($0.manifest.createdAt, $0.id) > ($1.manifest.createdAt, $1.id) }
    return listing
  }

  private func refuseUnsigned(
    _ manifest: SnapshotManifest, _ text: [UInt8], at place: any SnapshotPlace, _ sizes: [String: Int64]
  ) async throws(Problem) {
    guard !signedBy.isEmpty else { return }
    var why: String? = "there is none beside it"
    if sizes[manifest.signatureName] != nil {
      let signature = try await document(manifest.signatureName, at: place).json
      why = ManifestSignature.fault(signature, manifest, text: text, by: signedBy)
    }
    guard let why else { return }
    throw Problem(
      "snapshot.unsigned", "the manifest has no signature that counts",
      place: "\(place.shown)/\(manifest.manifestName)",
      why: why, remedy: "it does not count: take a new one, and look who wrote this")
  }

  func document(
    _ name: String, at place: any SnapshotPlace
  ) async throws(Problem) -> (json: JSON, text: [UInt8]) {
    let path = "\(place.shown)/\(name)"
    let text = GrowingBytes()
    do throws(Problem) {
      try await place.read(name) { (bytes) throws(Problem) in
        guard text.count + bytes.count <= SnapshotPlaces.documentLimit else {
          throw Problem("snapshot.unreadable", "a file of the snapshot is too large to be one", place: path)
        }
        text.append(bytes)
      }
    } catch {
      throw Problem(
        "snapshot.unreadable", "a file of the snapshot cannot be read", place: path, why: error.why ?? error.what)
    }
    let json: JSON
    let bytes = Array(text.bytes)
    do throws(JSONSyntaxError) { json = try JSON(parsing: bytes) } catch {
      throw Problem(
        "snapshot.unreadable", "a file of the snapshot is no JSON", place: "\(path):\(error.line):\(error.column)",
        why: error.message)
    }
    guard Seal.fits(json) else {
      throw Problem(
        "snapshot.altered", "a file of the snapshot is not what was written", place: path,
        why: "it does not fit the digest in it", remedy: "it does not count; look after the disk")
    }
    return (json, bytes)
  }

  /// Writes a document to one place, wholly or not at all.
  static func write(
    _ json: JSON, _ name: String, to place: any SnapshotPlace, replacing: Bool = false
  ) async throws(Problem) {
    try await write(text(json), name, to: place, replacing: replacing)
  }

  /// The bytes of a document as they are stored, with its seal.
  package static func text(_ json: JSON) -> [UInt8] { Array((Seal.put(on: json).text(.indented) + "\n").utf8) }

  static func write(
    _ bytes: [UInt8], _ name: String, to place: any SnapshotPlace, replacing: Bool = false
  ) async throws(Problem) {
    let text = GrowingBytes(bytes)
    let sink = try await place.write(name)
    do throws(Problem) {
      try await sink.append(text.bytes)
      try await sink.commit(replacing: replacing)
    } catch {
      await sink.abandon()
      throw error
    }
  }
}
