"""The 77 provinces by their two digits of TIS 1099 (the same as ISO 3166-2:TH), as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Province:
    """`letters` is the abbreviation on official letters; `region` one of north, northeast, central, south."""

    code: str
    name_th: str
    name_en: str
    letters: str
    region: str


_ROWS = """
10|กรุงเทพมหานคร|Krung Thep Maha Nakhon|กท|central
11|สมุทรปราการ|Samut Prakan|สป|central
12|นนทบุรี|Nonthaburi|นบ|central
13|ปทุมธานี|Pathum Thani|ปท|central
14|พระนครศรีอยุธยา|Phra Nakhon Si Ayutthaya|อย|central
15|อ่างทอง|Ang Thong|อท|central
16|ลพบุรี|Lop Buri|ลบ|central
17|สิงห์บุรี|Sing Buri|สห|central
18|ชัยนาท|Chai Nat|ชน|central
19|สระบุรี|Saraburi|สบ|central
20|ชลบุรี|Chon Buri|ชบ|central
21|ระยอง|Rayong|รย|central
22|จันทบุรี|Chanthaburi|จบ|central
23|ตราด|Trat|ตร|central
24|ฉะเชิงเทรา|Chachoengsao|ฉช|central
25|ปราจีนบุรี|Prachin Buri|ปจ|central
26|นครนายก|Nakhon Nayok|นย|central
27|สระแก้ว|Sa Kaeo|สก|central
30|นครราชสีมา|Nakhon Ratchasima|นม|northeast
31|บุรีรัมย์|Buri Ram|บร|northeast
32|สุรินทร์|Surin|สร|northeast
33|ศรีสะเกษ|Si Sa Ket|ศก|northeast
34|อุบลราชธานี|Ubon Ratchathani|อบ|northeast
35|ยโสธร|Yasothon|ยส|northeast
36|ชัยภูมิ|Chaiyaphum|ชย|northeast
37|อำนาจเจริญ|Amnat Charoen|อจ|northeast
38|บึงกาฬ|Bueng Kan|บก|northeast
39|หนองบัวลำภู|Nong Bua Lam Phu|นภ|northeast
40|ขอนแก่น|Khon Kaen|ขก|northeast
41|อุดรธานี|Udon Thani|อด|northeast
42|เลย|Loei|ลย|northeast
43|หนองคาย|Nong Khai|นค|northeast
44|มหาสารคาม|Maha Sarakham|มค|northeast
45|ร้อยเอ็ด|Roi Et|รอ|northeast
46|กาฬสินธุ์|Kalasin|กส|northeast
47|สกลนคร|Sakon Nakhon|สน|northeast
48|นครพนม|Nakhon Phanom|นพ|northeast
49|มุกดาหาร|Mukdahan|มห|northeast
50|เชียงใหม่|Chiang Mai|ชม|north
51|ลำพูน|Lamphun|ลพ|north
52|ลำปาง|Lampang|ลป|north
53|อุตรดิตถ์|Uttaradit|อต|north
54|แพร่|Phrae|พร|north
55|น่าน|Nan|นน|north
56|พะเยา|Phayao|พย|north
57|เชียงราย|Chiang Rai|ชร|north
58|แม่ฮ่องสอน|Mae Hong Son|มส|north
60|นครสวรรค์|Nakhon Sawan|นว|north
61|อุทัยธานี|Uthai Thani|อน|north
62|กำแพงเพชร|Kamphaeng Phet|กพ|north
63|ตาก|Tak|ตก|north
64|สุโขทัย|Sukhothai|สท|north
65|พิษณุโลก|Phitsanulok|พล|north
66|พิจิตร|Phichit|พจ|north
67|เพชรบูรณ์|Phetchabun|พช|north
70|ราชบุรี|Ratchaburi|รบ|central
71|กาญจนบุรี|Kanchanaburi|กจ|central
72|สุพรรณบุรี|Suphan Buri|สพ|central
73|นครปฐม|Nakhon Pathom|นฐ|central
74|สมุทรสาคร|Samut Sakhon|สค|central
75|สมุทรสงคราม|Samut Songkhram|สส|central
76|เพชรบุรี|Phetchaburi|พบ|central
77|ประจวบคีรีขันธ์|Prachuap Khiri Khan|ปข|central
80|นครศรีธรรมราช|Nakhon Si Thammarat|นศ|south
81|กระบี่|Krabi|กบ|south
82|พังงา|Phangnga|พง|south
83|ภูเก็ต|Phuket|ภก|south
84|สุราษฎร์ธานี|Surat Thani|สฎ|south
85|ระนอง|Ranong|รน|south
86|ชุมพร|Chumphon|ชพ|south
90|สงขลา|Songkhla|สข|south
91|สตูล|Satun|สต|south
92|ตรัง|Trang|ตง|south
93|พัทลุง|Phatthalung|พท|south
94|ปัตตานี|Pattani|ปน|south
95|ยะลา|Yala|ยล|south
96|นราธิวาส|Narathiwat|นธ|south
"""

PROVINCES = {
    row.code: row for row in (Province(*line.split("|")) for line in _ROWS.strip().splitlines())
}
