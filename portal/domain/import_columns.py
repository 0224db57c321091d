"""What other programs and languages call the columns of a file of candidates, without spaces, signs and case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from portal.domain.names import fold, normal


def plain_name(column: str) -> str:
    """Return the name of a column without spaces, signs and case."""
    return "".join(c for c in normal(column).lower() if c.isalnum())


# Field → what its column is called, the surest name first: of several columns the first that is not empty is taken.
SYNONYMS: dict[str, str] = {
    "full_name": "fullname name candidate candidatename contactname personname displayname kandidat kandidatin bewerber firstandlastname firstlastname vollername nomcomplet nombrecompleto naam navn namn nimi "
    "nomecompleto volledigenaam fullständigtnamn fuldtnavn fulltnavn adsoyad adısoyadı isim 氏名 名前 姓名 이름 성명 الاسم الاسمالكامل שםמלא họvàtên họtên фио お名前 フルネーム 候補者名 候选人 ονοματεπώνυμο név teljesnév celéjméno ชื่อนามสกุล ชื่อสกุล tênđầyđủ namalengkap повнеімя піб nafn fulltnafn",
    "first_name": "firstname givenname forename vorname prénom prenom prénoms nombre nombres nome voornaam imię förnamn fornavn etunimi ad "
    "keresztnév jméno prenume ime 名 имя імя όνομα adı שםפרטי الاسمالأول ชื่อ vārds vardas eesnimi fornafn eiginnafn",
    "middle_name": "middlename additionalname weiterevornamen tussenvoegsel zweitername deuxièmeprénom segundonombre отчество zweitervorname ミドルネーム millinafn",
    "last_name": "lastname surname familyname nachname familienname nom nomdefamille apellido apellidos apellidopaterno primerapellido apellidomaterno segundoapellido cognome sobrenome apelido "
    "achternaam nazwisko efternamn efternavn etternavn sukunimi soyad soyadı vezetéknév příjmení priezvisko prezime nume 姓 фамилия 성 επώνυμο прізвище שםמשפחה اسمالعائلة นามสกุล uzvārds pavardė perekonnanimi eftirnafn",
    "email": "email emailaddress mail primaryemail email1 emailaddresses emails workemail personalemail otheremail email2 email3 "
    "secondaryemail emailadresse mailadresse eadresse adresseemail adressedemessagerie adressemail courriel correo correoelectrónico posta postaelettronica "
    "indirizzoemail emailadres adresemail epost epostadress epostadresse eposta електроннапошта електроннаадреса بريدالكتروني メール メールアドレス 邮箱 电子邮箱 电子邮件 電子郵件 电邮 이메일 이메일주소 почта электроннаяпочта элпочта адресэлектроннойпочты емейл "
    "emailprivat privateemail homeemail sähköposti sähköpostiosoite emailcím adresaemail adresseélectronique メアド 電子メール 電子メールアドレス eメール البريدالإلكتروني אימייל דואל электроннаяпошта ηλεκτρονικόταχυδρομείο "
    "อีเมล epasts elpaštas eposti netfang דוארהאלקטרוני דואראלקטרוני emailcontact contactemail имейл эпочта businessemail allemails",
    "phone": "phone mobile cell cellphone mobilephone mobilenumber phonenumber primaryphone phone1 phones telephone tel "
    "contactnumber contactphone phonesnumber workdirectphone directphone corporatephone tél telportable ndetéléphone numérotéléphone teléfonomóvil "
    "telefonecelular numerodicellulare mobielnummer telefonnr mobilnr numertelefonu telefonszám mobilszám puhelin puhelinnumero matkapuhelin gsm "
    "携帯電話番号 휴대전화 휴대전화번호 homephone workphone businessphone phone2 otherphone mobiltelefon handynummer telefonprivat telefongeschäftlich telefon telefonnummer handy "
    "mobil mobilnummer telefonmobil téléphone numérodetéléphone telephoneportable téléphoneportable télmobile téléphonemobile "
    "téléphonebureau téléphonedomicile númerodeteléfono numeroditelefono númerodetelefone "
    "portable mobileportable teléfono móvil celular telefone telemóvel telefono cellulare telefoonnummer telefoon mobiel "
    "telefonkomórkowy cep ceptelefonu 電話 電話番号 携帯電話 电话 手机 전화 전화번호 휴대폰 핸드폰 携帯 移动电话 телефон мобильный мобильныйтелефон номертелефона τηλέφωνο κινητό 手机号 手机号码 联系电话 الهاتف رقمالهاتف الجوال טלפון נייד điệnthoại sốđiệnthoại "
    "mobilephonenumber cellphonenumber homephonenumber workphonenumber mainphone mainnumber telephonenumber whatsapp whatsappnumber telemovel numeromóvil móvilpersonal cellularepersonale κινητότηλέφωνο טלפוןנייד الهاتفالمحمول رقمالجوال เบอร์โทร โทรศัพท์ เบอร์โทรศัพท์ tālrunis telefonas directphonenumber 会社電話 自宅電話 sími farsími símanúmer",
    "location": "location city town currentlocation addresscity cityname homecity businesscity place ort ortprivat ortgeschäftlich stadt wohnort ville localisation lieu ciudad "
    "suburb locality mailingcity towncity localidad miejscowość kaupunki város oraș město bydliště by sted 지역 ubicación cidade localização città località stad plaats woonplaats miasto stad ort şehir konum 所在地 城市 地点 도시 город πόλη 勤務地 居住地 місто thànhphố עיר المدينة "
    "lakhely lakóhely cidadeuf cidadeestado 現住所 住所 居住地域 所在城市 居住城市 거주지 المكان จังหวัด ที่อยู่ pilsēta miestas linn staður residenza población",
    "title": "title jobtitle currentjobtitle currenttitle organizationtitle position headline occupation role currentposition stelle funktion beruf "
    "berufsbezeichnung positionstitel jobtitel poste intituléduposte fonction cargo puesto título ruolo qualifica functie "
    "posizione stilling beosztás munkakör tehtävänimike pozice funcție ポジション functietitel stanowisko befattning titel ünvan pozisyon 職種 役職 职位 職稱 직책 должность 職位 职务 직위 θέση позиция "
    "mansione 現職 当前职位 目前职位 직무 المسمىالوظيفي الوظيفة תפקיד ตำแหน่ง amats pareigos amet starfsheiti посада",
    "employer": "employer currentemployer company currentcompany companyname organization organisation organizationname firma "
    "unternehmen arbeitgeber entreprise société employeur empresa compañía empregador azienda società bedrijf werkgever "
    "accountname arbeidsgiver arbejdsgiver virksomhed työnantaja zaměstnavatel cég munkahely companie miejscepracy местоработы 企業名 firma pracodawca företag arbetsgivare şirket 会社 会社名 公司 회사 компания 公司名称 勤務先 회사명 직장 εταιρεία företagsnamn организация "
    "çalıştığıfirma çalıştığışirket datoredilavoro munkáltató 就業先 当前公司 目前公司 所在公司 现公司 현재회사 근무처 الشركة جهةالعمل מעסיק חברה บริษัท ที่ทำงาน uzņēmums įmonė ettevõte vinnuveitandi vinnustaður fyrirtæki роботодавець associatedcompany primaryassociatedcompany",
    "linkedin_url": "linkedinurl linkedin linkedinprofile linkedinprofileurl profileurl publicprofileurl url links linkedins linkedinlink profilelinkedin socialprofiles webprofiles socialmedia "
    "profillink lienlinkedin perfil perfildelinkedin profilo "
    "linkedinprofil linkedinadresse linkedinlänk profilurl xing xingprofil xingurl sociallinks socialurls enlacelinkedin perfildolinkedin profillinkedin linkedincontactprofileurl",
    "skills": "skills skillset skilllist keyskills primaryskills primaryskillsname tags skilltags skillsets kenntnisse fähigkeiten kompetenzen compétences "
    "habilidades competencias competências competenze vaardigheden umiejętności kompetenser beceriler スキル 技能 기술 навыки",
    "experience_years": "experienceyears yearsofexperience experience totalexperience yearsexperience experienceinyears "
    "berufserfahrung berufsjahre berufserfahrunginjahren añosdeexperiencia annéesdexpérience 経験年数 工作年限 anosdeexperiência annidiesperienza latadoświadczenia jahreberufserfahrung deneyimyılı",
    "notice_weeks": "noticeweeks noticeperiodweeks noticeperiodinweeks kündigungsfristwochen",
    "available_on": "availableon availablefrom availability availabilitydate startdate earlieststart verfügbarab "
    "disponibleàpartirdu disponibilité datededisponibilité disponibilidad "
    "frühestereintrittstermin eintrittsdatum eintrittstermin eintrittab verfügbarkeit desiredstartdate availablestartdate dostępnyod disponibileda disponívelapartirde beschikbaarvanaf beschikbaarper işebaşlamatarihi dateavailable",
    "salary": "salary currentsalary salarynow annualsalary gehalt aktuellesgehalt salaire salario "
    "jahresgehalt salarioactual salaireactuel salaireannuel ralattuale salárioatual maaş 現年収 年収 当前薪资 目前薪资 현재연봉 연봉 huidigsalaris salaris wynagrodzenie obecnewynagrodzenie lön nuvarandelön løn lønn зарплата ral currentpay",
    "expected_salary": "expectedsalary salaryexpectation desiredsalary gehaltswunsch gehaltsvorstellung prétentions prétentionssalariales expectativasalarial 希望年収 期望薪资 "
    "salaryexpectations expectedctc gewünschtesgehalt gehaltsvorstellungen wunschgehalt salaireattendu salairesouhaité pretensiónsalarial pretensionessalariales salariodeseado ralrichiesta pretensãosalarial salarisindicatie salariswens gewenstsalaris oczekiwaniafinansowe oczekiwanewynagrodzenie maaşbeklentisi 期待薪资 期望年薪 희망연봉 mzdovéočekávání fizetésiigény löneanspråk lønsforventning желаемаязарплата зарплатныеожидания expectativassalariales desiredpay",
    "currency": "currency salarycurrency währung "
    "currencycode devise monnaie moneda moeda valuta waluta měna pénznem parabirimi валюта 通貨 货币 貨幣 통화 العملة מטבע",
    "right_to_work": "righttowork workauthorization workauthorisation workpermit visastatus arbeitserlaubnis",
    "languages": "languages languageskills sprachen sprachkenntnisse langues idiomas lingue talen języki jazyky sprog språk kielet 語学 语言 언어 taalkennis językiobce 语言能力 외국어",
}
FIELDS = ("full_name", "first_name", "middle_name", "last_name", *list(SYNONYMS)[4:])
FIELD_LABELS = {
    "full_name": "Full name",
    "first_name": "First name",
    "middle_name": "Middle name",
    "last_name": "Last name",
    "email": "Email",
    "phone": "Phone",
    "location": "Location",
    "title": "Job title",
    "employer": "Employer",
    "linkedin_url": "LinkedIn",
    "skills": "Skills",
    "experience_years": "Years of experience",
    "notice_weeks": "Notice period in weeks",
    "available_on": "Available from",
    "salary": "Current salary",
    "expected_salary": "Expected salary",
    "currency": "Currency",
    "right_to_work": "Right to work",
    "languages": "Languages",
}
# Per name of a column: its field, and how sure it is (0 is surest) among several columns of one field.
FIELD_OF: dict[str, tuple[str, int]] = {
    plain_name(name): (field, rank)
    for field, names in reversed(SYNONYMS.items())
    for rank, name in enumerate(names.split())
}
FIELD_OF = {**{fold(name): found for name, found in FIELD_OF.items()}, **FIELD_OF}  # as typed in capitals, too: SOCIETE
# What stands around a name: whose or since when it is, how many there may be, of what kind, and which of several it is.
_WHOSE = re.compile(
    "^(?:candidate|applicant|contact|person|kandidat|bewerber|primary|invitee|attendee|whatisyour|enteryour|your|ihre?|votre)(?=.)"
)
_NOW = re.compile(
    "^(?:current|aktuelle[rs]?|derzeitige[rs]?|huidige?|obecn[aey]|nuvarande|nåværende|nuværende|jelenlegi|současn[ýáé]|現職|"
    "現在の|当前|目前|현재|текущ(?:ий|ая|ее))(?=.)|(?<=.)(?:actuel(?:le)?|actual|atual|attuale)$"
)
# Sums of another unit or time than a year's, which nobody may take for a salary: `Salary (k€)`, `Monthly salary`.
MONEY = frozenset({"salary", "expected_salary"})
_OTHER_UNIT = re.compile(
    r"\bk\b|\bk[€$£]|[€$£]k\b|\bk(?:eur|usd|gbp|chf)\b|\b(?:000s?|tsd|thousands?|milliers|miles|mila|tys|lakhs?|lpa|mio?)\b|[千万萬만천]"
    r"|month|\bmo\b|\bp\.?\s?m\b|mona[td]|mtl|mensu|mensile|mensal|\bmois\b|\bmes\b|maand|miesi|měsí|mån|aylık|月|월"
    r"|hour|stunde|stündl|heure|\bhora|\bora\b|\buur|tunti|\btim\b|\bdaily\b|\bday\b|\btag|時給|日給|weekly|week",
    re.I,
)
_SEVERAL = re.compile(r"\((?:s|es|en|n)\)")
_OF_KIND = re.compile(r"\([^()]*\)")
_WHICH = re.compile(r"\d+|(?<=\d)value$")
# What stands between the parts of a whole name: `Last Name, First Name`, `Nom et prénom`, `Imię i nazwisko`.
_AND = (re.compile(r"\s*[,/&+]\s*|\s+(?:and|und|et|y|e|i|en|og|och|a|ja|și|и|και)\s+", re.I), re.compile(r"\s+"))
# What means the whole name alone, and beside a column of one part of it the other part.
NAME_OR_PART = frozenset({"name", "naam", "navn", "namn", "nafn", "nimi", "이름", "név"})
# What means the job alone, and beside another column of it how somebody is addressed: Ms, Dr.
JOB_OR_ADDRESS = frozenset({"title", "titel", "título"})
NOTHING = frozenset(
    {"-", "–", "—", "n/a", "na", "none", "null", "nil", "unknown", "k.a.", "#n/a", "#nv", "#n/d", "nan", "?"}
)
# Months as spreadsheets write them into cells that were no dates.
MONTHS = """jan feb mar mär mrz apr may mai jun jul aug sep sept oct okt nov dec dez janv févr mars avr juin juil août déc
ene abr ago dic gen mag giu lug set ott""".split()


def known(column: str) -> tuple[str, int]:
    """Return which field the name of a column means, and how sure it is; an empty text for none."""
    field, rank = next((FIELD_OF[name] for name in _readings(column) if name in FIELD_OF), ("", 0))
    if field in MONEY and _OTHER_UNIT.search(column):
        return "", 0
    if not field and any(_are_parts(separator.split(column)) for separator in _AND):
        return FIELD_OF["fullname"]
    # What somebody is now is surer than a job that may be the one applied for.
    return field, -1 if field and _NOW.search(_WHOSE.sub("", plain_name(column))) else rank


def _are_parts(columns: Sequence[str]) -> bool:
    """Return whether the names of columns are those of a given name and a family's."""
    names = list(map(plain_name, columns))
    fields = {"last_name" if name in NAME_OR_PART else FIELD_OF.get(name, ("",))[0] for name in names}
    return len(names) == 2 and fields == {"first_name", "last_name"}


def _readings(column: str) -> Iterator[str]:
    """Yield how a name may be read, as it stands first: `Candidate Email Address(es)`, `E-mail 2 - Value`, `Tel. (home)`."""
    yield plain_name(column)
    for name in (_SEVERAL.sub("", column.lower()), _OF_KIND.sub("", column)):
        whole = plain_name(name)
        one = _WHICH.sub("", whole)
        theirs = _WHOSE.sub("", one)
        for reading in (whole, one, theirs, _NOW.sub("", theirs), theirs.removesuffix("s")):
            yield reading
            yield fold(reading)
