// swift-format-ignore-file
// Made from templates/controls by `GATEHOUSE_WRITE_PACKS=1 swift test --filter BundledPacks`; a test compares.

extension BundledPacks {
  static let texts: [(id: String, text: String)] = [
("anvisa", ##"""
# Rules of ANVISA for software as a medical device. A platform for appointments and records alone is mostly none: then
# sign `scope`, and name the other controls in `not-applicable` with that reason.
# None of these texts was read in its official publication.
apiVersion: gatehouse.controls/v1
id: anvisa
title: ANVISA, software as a medical device
jurisdiction: Brazil
version: "2026.11"
sources:
  - id: rdc-657
    title: RDC 657 of 2022-03-24 (DOU 2022-03-30, corrected 2022-06-08), in force since 2022-07-01, on software as a medical device
    url: https://www.cremesp.org.br
    read: "2026-11-21"
    confirmed: false
    how: Summaries of regulators and law firms; the numbers of articles are not known to us.
  - id: rdc-751
    title: RDC 751 of 2022-09-15, in force since 2023-03-01, on risk classes and regularisation
    url: https://www.gov.br/anvisa
    read: "2026-11-21"
    confirmed: false
    how: A commentary; amendments by RDC 777 and 810 of 2023 were not checked.
  - id: rdc-848
    title: RDC 848 of 2024-03-06, in force since September 2024, on essential safety and performance
    url: https://www.gov.br/anvisa
    read: "2026-11-21"
    confirmed: false
    how: Commentaries of law firms; the numbers of articles are not known to us.
  - id: rdc-665
    title: RDC 665 of 2022-03-30, in force since 2022-05-02, on good manufacturing practice
    url: https://www.cremesp.org.br
    read: "2026-11-21"
    confirmed: false
    how: Commentaries; whether the numbers of articles are those of the text in force was not checked.
  - id: guide-38
    title: Guide 38 of 2020, version 1, on cybersecurity of medical devices; it recommends and does not bind
    url: https://www.gov.br/anvisa
    read: "2026-11-21"
    confirmed: false
    how: Summaries of law firms.
  - id: vigilance
    title: RDC 67 of 2009 and RDC 551 of 2021, on vigilance and field actions
    url: https://www.gov.br/anvisa
    read: "2026-11-21"
    confirmed: false
    how: Known by their numbers only.
controls:
  - id: scope
    article: RDC 657 of 2022, scope
    text: It is decided, with reasons, whether the product or a part of it is software as a medical device. Plain records and administration are probably outside; what suggests a diagnosis, a treatment or a dose, or reads images, is inside.
    source: rdc-657
    cadence: 365d
    satisfied-by:
      - attestation: { by: [regulatory, quality] }
  - id: change-class
    article: RDC 657 of 2022, changes after the market
    text: The change is put into its class before it goes out. A new clinical function or indication needs a petition first; maintenance that does not touch the clinical part does not.
    source: rdc-657
    cadence: release
    satisfied-by:
      - attestation: { by: [regulatory, quality], cadence: 30d }
    notes: Bind the statement to the commit, so that it speaks of one release.
  - id: in-house-records
    article: RDC 657 of 2022, software for one's own use
    text: Whoever uses software of class I or II of its own making keeps the records of its validation until ten years after it is given up.
    source: rdc-657
    cadence: 365d
    satisfied-by:
      - attestation: { by: [quality] }
  - id: risk-class
    article: RDC 751 of 2022, rule 11
    text: The risk class of the software is known, and its notification or registration is valid.
    source: rdc-751
    cadence: 365d
    satisfied-by:
      - attestation: { by: [regulatory] }
  - id: dossier
    article: RDC 751 of 2022, technical dossier
    text: The technical dossier is of the product as it is now.
    source: rdc-751
    cadence: 365d
    satisfied-by:
      - attestation: { by: [regulatory, quality] }
  - id: verification
    article: RDC 848 of 2024, software
    text: The software is verified in every release, in the manner that its life cycle lays down.
    source: rdc-848
    cadence: release
    satisfied-by:
      - check: [tests, coverage]
  - id: risk-file
    article: RDC 848 of 2024, risk management
    text: The risk file was reviewed for what was changed and for what was learnt in use.
    source: rdc-848
    cadence: 365d
    satisfied-by:
      - attestation: { by: [quality] }
  - id: security
    article: RDC 848 of 2024, information security
    text: The software is protected against known weaknesses in its code and in what it is made of.
    source: rdc-848
    cadence: release
    satisfied-by:
      - check: findings
  - id: design-changes
    article: RDC 665 of 2022, design control (art. 61 in commentaries)
    text: A change of the design is asked for, reviewed by another person, tested and released, and the record of it is kept.
    source: rdc-665
    cadence: release
    satisfied-by:
      - check: [review, tests, source]
  - id: tools-validated
    article: RDC 665 of 2022, software used in production
    text: Software that makes or judges the product is validated for that use, this gate among it.
    source: rdc-665
    cadence: 365d
    satisfied-by:
      - attestation: { by: [quality] }
  - id: corrective-actions
    article: RDC 665 of 2022, corrective and preventive action (art. 120 in commentaries)
    text: Failures and complaints lead to actions that are followed to their end.
    source: rdc-665
    cadence: 180d
    satisfied-by:
      - attestation: { by: [quality] }
  - id: components
    article: Guide 38 of 2020
    text: The parts that the software is made of are listed for each release.
    source: guide-38
    cadence: release
    satisfied-by:
      - check: licences
      - attestation: { by: [security, quality], cadence: 90d }
  - id: disclosure
    article: Guide 38 of 2020
    text: Outsiders can report a weakness, and somebody answers; how fast weaknesses are mended is measured.
    source: guide-38
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }
  - id: field-actions
    article: RDC 67 of 2009; RDC 551 of 2021
    text: Adverse events are reported, and products in use can be corrected or withdrawn.
    source: vigilance
    cadence: 365d
    satisfied-by:
      - attestation: { by: [regulatory, quality] }

"""##),
("cfm", ##"""
# Medical records and documents: the law on electronic records, resolutions of the CFM, and the requirements of SBIS.
# Resolution 2.218 of 2018 is not here: public sources say four different things of it, and its text was not found.
apiVersion: gatehouse.controls/v1
id: cfm
title: CFM, medical records and documents
jurisdiction: Brazil
version: "2026.11"
sources:
  - id: records-law
    title: Law 13.787 of 2018, on electronic patients' records
    url: https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13787.htm
    read: "2026-11-21"
    confirmed: false
    how: Article 6 read on public sites of law; the official site was not reached. How it stands to the permanent keeping of CFM 1.821, article 7, is for counsel.
  - id: cfm-1821
    title: Resolution CFM 1.821 of 2007 (DOU 2007-11-23)
    url: https://portal.cfm.org.br
    read: "2026-11-21"
    confirmed: false
    how: Read in transcriptions that are not official.
  - id: cfm-2299
    title: Resolution CFM 2.299 of 2021-09-30 (DOU 2021-10-26), on electronic medical documents
    url: https://www.cremers.org.br
    read: "2026-11-21"
    confirmed: false
    how: Read on sites of regional councils.
  - id: cfm-2314
    title: Resolution CFM 2.314 of 2022-04-20 (DOU 2022-05-05), on telemedicine
    url: https://portal.cfm.org.br
    read: "2026-11-21"
    confirmed: false
    how: Summaries of law firms.
  - id: cfm-2454
    title: Resolution CFM 2.454 of 2026 (DOU 2026-02-27), on artificial intelligence, in force since 2026-08-26
    url: https://portal.cfm.org.br
    read: "2026-11-21"
    confirmed: false
    how: Press reports; the text of article 17 was not read, and one page gives another date.
  - id: ethics
    title: Code of Medical Ethics, Resolution CFM 2.217 of 2018
    url: https://portal.cfm.org.br
    read: "2026-11-21"
    confirmed: false
    how: Known by its articles only.
  - id: sbis
    title: SBIS, requirements of information security, version 5.2 of 2021-11-10
    url: https://sbis.org.br
    read: "2026-11-21"
    confirmed: false
    how: Read in a transcription; a newer edition may exist.
controls:
  - id: record-protection
    article: Law 13.787 of 2018, art. 4
    text: Stored records are protected against access, use, alteration, copying and destruction without right.
    source: records-law
    cadence: release
    satisfied-by:
      - check: [findings, environment-variables]
  - id: record-retention
    article: Law 13.787 of 2018, art. 6
    text: Records are kept for at least twenty years from the last entry; disposing of them keeps them secret and is recorded.
    source: records-law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [clinical-director, dpo] }
  - id: no-loss-on-the-way-back
    article: Law 13.787 of 2018, arts. 4 and 6
    text: Taking a release back, or restoring a backup, loses no entry of a record without somebody knowing it.
    source: records-law
    cadence: release
    satisfied-by:
      - check: [backup, rollback-plan, migrations]
  - id: assurance-level
    article: CFM 1.821 of 2007, arts. 3 to 5
    text: Where paper is given up, the system is of assurance level NGS2; the number and the end of its certificate are known.
    source: cfm-1821
    cadence: 365d
    satisfied-by:
      - attestation: { by: [clinical-director] }
  - id: signed-documents
    article: CFM 2.299 of 2021, art. 4
    text: Medical documents bear a qualified signature of ICP-Brasil, and it was tried that such a signature can be checked.
    source: cfm-2299
    cadence: 180d
    satisfied-by:
      - attestation: { by: [clinical-director, quality] }
  - id: technical-director
    article: CFM 2.299 of 2021, art. 5
    text: The platform is registered with the regional council and has a physician as its technical director.
    source: cfm-2299
    cadence: 365d
    satisfied-by:
      - attestation: { by: [clinical-director] }
  - id: telemedicine
    article: CFM 2.314 of 2022, arts. 3, 13 and 15
    text: Telemedicine keeps to the rules of record, custody and consent. Nothing else is bound by this resolution.
    source: cfm-2314
    cadence: 365d
    satisfied-by:
      - attestation: { by: [clinical-director] }
  - id: telemedicine-seat
    article: CFM 2.314 of 2022, art. 17
    text: Whoever offers telemedicine has its seat in Brazil and is registered with the regional council.
    source: cfm-2314
    cadence: 365d
    satisfied-by:
      - attestation: { by: [clinical-director, legal] }
  - id: artificial-intelligence
    article: CFM 2.454 of 2026, art. 17
    text: Artificial intelligence in care has its risk class, its model and version on record, people who watch over it, and is audited.
    source: cfm-2454
    cadence: 365d
    satisfied-by:
      - attestation: { by: [clinical-director] }
  - id: secrecy
    article: CFM 2.217 of 2018, arts. 73 to 79, 85, 87 and 89
    text: Whoever can read records or their backups is bound to secrecy, and few can.
    source: ethics
    cadence: 180d
    satisfied-by:
      - attestation: { by: [clinical-director, security] }
  - id: identification
    article: SBIS NGS1.01.01
    text: The software shows its name and version on screens, prints and exports, and it is the version that was released.
    source: sbis
    cadence: 180d
    satisfied-by:
      - attestation: { by: [quality, clinical-director] }
    notes: With `identity` in the policy every release proves what production serves, but no line of the checklist says it.
  - id: backups
    article: SBIS NGS1.04.01, 04.04 and 04.05
    text: Backups hold everything, are restored in practice, and their wholeness is checked when they are.
    source: sbis
    cadence: release
    satisfied-by:
      - check: backup
  - id: backup-secrecy
    article: SBIS NGS1.04.03
    text: Backups cannot be read by those who are not meant to.
    source: sbis
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
  - id: transport
    article: SBIS NGS1.05.01 and 05.03
    text: Connections are encrypted, and components know each other before they speak.
    source: sbis
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
  - id: tenants
    article: SBIS NGS1.06.04
    text: Clinics that share the system cannot see each other's data.
    source: sbis
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security, quality] }
  - id: audit-trail
    article: SBIS NGS1.07.01 to 07.08
    text: The trail of what was done cannot be switched off, is read by few, names no patient's data, and can be exported.
    source: sbis
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security, quality] }
  - id: release-notes
    article: SBIS NGS1.08.12
    text: Each release is noted with its date, changes, who answers for it, its effect and what it is compatible with.
    source: sbis
    cadence: release
    satisfied-by:
      - check: changed-together
      - attestation: { by: [release-manager, quality], cadence: 30d }
  - id: clock
    article: SBIS NGS1.09.01 and 09.02
    text: Servers keep the official time, and exports write it with its zone.
    source: sbis
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }

"""##),
("iso27001", ##"""
# ISO/IEC 27001:2022, Annex A: numbers and our own words, no text of the standard. A certificate is given by an auditor;
# these lines show evidence for a release.
apiVersion: gatehouse.controls/v1
id: iso27001
title: ISO/IEC 27001:2022, Annex A
jurisdiction: International
version: "2026.11"
sources:
  - id: annex-a
    title: ISO/IEC 27001:2022, Annex A
    url: https://www.iso.org/standard/27001
    read: "2026-11-21"
    confirmed: false
    how: Numbers and subjects from the public list; 8.31 to 8.34 from public summaries. To be compared once with a bought copy.
controls:
  - id: a-5-3
    article: A.5.3
    text: Nobody can both write a change and let it out alone.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: review
  - id: a-5-15
    article: A.5.15 and A.5.18
    text: Rights of access are given for a reason, written down and reviewed.
    source: annex-a
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-5-23
    article: A.5.23
    text: The cloud services in use, their regions and what they may do are known and agreed.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security, management] }
  - id: a-5-24
    article: A.5.24 to A.5.28
    text: Incidents are prepared for, judged, answered, learnt from, and their evidence is kept.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-5-30
    article: A.5.29 and A.5.30
    text: The service can be brought back after a disruption, and the way was tried.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: [backup, rollback-plan]
  - id: a-5-33
    article: A.5.33
    text: Records are protected against loss and falsification for as long as they must be kept.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security, dpo] }
  - id: a-5-34
    article: A.5.34
    text: Personal data is protected as law and contracts ask.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo] }
    notes: The pack lgpd says what the law asks.
  - id: a-8-2
    article: A.8.2
    text: Privileged rights, those of the pipeline among them, are few, named and reviewed.
    source: annex-a
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-8-4
    article: A.8.4
    text: Who may read and change the source and its tools is limited.
    source: annex-a
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-8-8
    article: A.8.8
    text: Known weaknesses are found and are within what the policy allows; an exception has an owner and an end.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: findings
  - id: a-8-9
    article: A.8.9
    text: Settings are known, and production has those that it should have.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: [environment-variables, vercel-projects]
  - id: a-8-10
    article: A.8.10
    text: Information that is no longer needed is deleted.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, security] }
  - id: a-8-11
    article: A.8.11
    text: Data is masked where it need not be seen.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, security] }
  - id: a-8-12
    article: A.8.12
    text: Leaks are looked for, secrets in the source among them.
    source: annex-a
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
    notes: In a pack of your own, `line` can name the line of the checklist that reads the report of a scanner for secrets.
  - id: a-8-13
    article: A.8.13
    text: Backups are made and restored in practice.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: backup
  - id: a-8-14
    article: A.8.14
    text: What must not fail has a second one.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-8-15
    article: A.8.15 and A.8.16
    text: What happens is logged, the logs are protected, and somebody watches.
    source: annex-a
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-8-17
    article: A.8.17
    text: Clocks agree with an approved source.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-8-19
    article: A.8.19
    text: What is put into production is a known commit, for the projects that it is meant for.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: [source, vercel-projects]
  - id: a-8-24
    article: A.8.24
    text: Rules say what is encrypted, how, and who holds the keys.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }
  - id: a-8-25
    article: A.8.25 and A.8.28
    text: Software is made by rules for security; each change was reviewed and scanned.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: [review, findings]
  - id: a-8-29
    article: A.8.29
    text: Security is tested before a release is accepted.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: [tests, findings]
  - id: a-8-31
    article: A.8.31
    text: Development, test and production are apart, with data and settings of their own.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: environment-variables
  - id: a-8-32
    article: A.8.32
    text: Changes are reviewed, tested and released by a procedure that has a way back.
    source: annex-a
    cadence: release
    satisfied-by:
      - check: [review, tests, source, rollback-plan]
  - id: a-8-33
    article: A.8.33
    text: Data for tests is chosen with care, and real data is protected or not used.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, security] }
  - id: a-8-34
    article: A.8.34
    text: Audits of systems in use are agreed, and can read without changing.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security, management] }
  - id: applicability
    article: the statement of applicability
    text: Which controls apply, and why, is written down and is as it is now.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [management, security] }
  - id: management-review
    article: the review by management
    text: Management looked at the whole within the last year.
    source: annex-a
    cadence: 365d
    satisfied-by:
      - attestation: { by: [management] }

"""##),
("lgpd", ##"""
# Brazil's general data protection law, as far as a gate before a deployment can show it or ask a person for it.
# The words are ours; `confirmed` says whether a source was held against its official publication.
apiVersion: gatehouse.controls/v1
id: lgpd
title: LGPD and the resolutions of the ANPD
jurisdiction: Brazil
version: "2026.11"
sources:
  - id: law
    title: Law 13.709 of 2018 (LGPD), as amended
    url: https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13709.htm
    read: "2026-11-21"
    confirmed: true
    how: Read in a transcription that records a comparison, word by word, with the official site on 2026-08-11; the official site itself was not reached.
  - id: incidents
    title: Resolution CD/ANPD 15 of 2024-04-24, on incidents (DOU 2024-04-26)
    url: https://www.in.gov.br/en/web/dou/-/resolucao-cd/anpd-n-15-de-24-de-abril-de-2024-556243024
    read: "2026-11-21"
    confirmed: true
    how: Read in the same transcription, compared on 2026-08-11.
  - id: officer
    title: Resolution CD/ANPD 18 of 2024, on the person in charge of data
    url: https://www.in.gov.br/web/dou
    read: "2026-11-21"
    confirmed: false
    how: Read in a summary of the transcription; the publication's number 572632074 is known, its page was not reached.
  - id: transfers
    title: Resolution CD/ANPD 19 of 2024-08-23, on international transfers; standard clauses due since 2025-08-23
    url: https://www.in.gov.br/web/dou
    read: "2026-11-21"
    confirmed: false
    how: The dates come from commentaries of law firms; the publication's number 580095396 is known, its page was not reached.
  - id: marco-civil
    title: Law 12.965 of 2014 (Marco Civil) and Decree 8.771 of 2016
    url: https://www.planalto.gov.br/ccivil_03/_ato2011-2014/2014/lei/l12965.htm
    read: "2026-11-21"
    confirmed: false
    how: The facts come from commentaries; neither text was read again.
controls:
  - id: accountability
    article: art. 6, X
    text: Whoever processes personal data can show that the measures taken are in use and work. Here, that what goes out is a known commit, was tested and was scanned.
    source: law
    cadence: release
    satisfied-by:
      - check: [source, tests, findings]
  - id: minimisation
    article: art. 6, III
    text: Only data that the purpose needs is collected. Each field with personal data that a release adds has a written purpose.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo] }
  - id: legal-basis
    article: art. 11
    text: Health data is sensitive. Every processing of it, and every processor, stands on one of the bases that the law lists, and health data is not shared for gain.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, legal] }
    notes: To be signed again when a new kind of processing or a new processor is added.
  - id: test-data
    article: arts. 12 and 13
    text: No data of real patients is in preview, staging or test databases unless it was anonymised, and whether it can be traced back was tested.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, security] }
  - id: erasure
    article: arts. 16 and 18
    text: Data is erased when its processing ends, unless a law asks to keep it, as it does for the patient's record; what was erased does not come back with a restored backup.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo] }
  - id: transfer-abroad
    article: arts. 33 to 36
    text: Hosting abroad is a transfer. Where functions, databases, logs and error trackers run is known, and each transfer has its basis.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, legal] }
    notes: Vercel runs functions in Washington (iad1) unless another region is chosen; São Paulo is gru1.
  - id: transfer-clauses
    article: Resolution 19 of 2024
    text: The standard contractual clauses are signed with every importer of the data.
    source: transfers
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, legal] }
  - id: records
    article: art. 37
    text: Controller and processor keep a record of what they process. It names the tables and the hosts of this release.
    source: law
    cadence: 180d
    satisfied-by:
      - attestation: { by: [dpo] }
  - id: impact-report
    article: art. 38
    text: An impact report exists for the processing of sensitive data, with kinds of data, methods, security and what lowers the risk; it is of this product as it is now.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo] }
    notes: The regulation of the report was not issued by August 2026.
  - id: officer
    article: art. 41; Resolution 18 of 2024
    text: Somebody is in charge of data by a written, dated and signed act, and can be reached by the public.
    source: officer
    cadence: 365d
    satisfied-by:
      - attestation: { by: [management, legal] }
  - id: security-measures
    article: art. 46
    text: Technical measures protect the data against access without right, and against loss and alteration. Known weaknesses of code and dependencies are within what the policy allows.
    source: law
    cadence: release
    satisfied-by:
      - check: findings
  - id: security-by-design
    article: art. 46, § 2
    text: The measures hold from the design of the product to its operation. What goes out was tested and looked at by somebody who did not write it.
    source: law
    cadence: release
    satisfied-by:
      - check: [tests, review]
      - check: tests
        attestation: { by: [security], cadence: 30d }
  - id: availability
    article: art. 46
    text: Data that is lost or altered by accident can be brought back, and it was tried.
    source: law
    cadence: release
    satisfied-by:
      - check: backup
  - id: access
    article: arts. 46 and 49
    text: Who may reach production data, its backups and the keys to both is written down, needed and reviewed.
    source: law
    cadence: 180d
    satisfied-by:
      - attestation: { by: [security, dpo] }
  - id: after-the-end
    article: art. 47
    text: Data stays protected after its processing has ended, in backups too; backups that are no longer needed are destroyed.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security, dpo] }
  - id: structured-systems
    article: art. 49
    text: Systems are built for security and good practice. Production is apart from other environments, with settings of its own.
    source: law
    cadence: release
    satisfied-by:
      - check: [vercel-projects, environment-variables]
  - id: unintelligible-data
    article: art. 48, § 3
    text: How grave an incident is depends on whether the data can be read by others. Backups and connections are encrypted.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security] }
  - id: incident-notice
    article: Resolution 15 of 2024, arts. 6 and 9
    text: The ANPD and the people concerned are told within three business days of knowing that personal data was affected, with the root cause and the measures; who does it, and how, was practised.
    source: incidents
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, security] }
    notes: Small agents have six days, unless the processing is of high risk; with patients' data, count on three.
  - id: incident-register
    article: Resolution 15 of 2024, art. 10
    text: Every incident is in a register that is kept for at least five years, also those that nobody had to be told of.
    source: incidents
    cadence: 365d
    satisfied-by:
      - attestation: { by: [dpo, security] }
  - id: governance
    article: art. 50, § 2, I
    text: A programme of governance is in force, with a plan for incidents that was practised.
    source: law
    cadence: 365d
    satisfied-by:
      - attestation: { by: [management, dpo] }
  - id: access-logs
    article: Marco Civil, art. 15; Decree 8.771, art. 13
    text: Logs of access to the application are kept for six months, with few and named people who may read them.
    source: marco-civil
    cadence: 365d
    satisfied-by:
      - attestation: { by: [security, dpo] }

"""##),
  ]
}
