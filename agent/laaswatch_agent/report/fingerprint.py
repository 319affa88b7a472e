"""Six words that a person can compare: is the PC on this list the PC that stands before me?

A PC that came with a code for several waits until somebody has looked. The PC shows six words, the
collector shows six words; they are the same only if both mean the same enrolment. Each word is one of
256 common things, in Thai and in English, so six of them are 48 bits: enough against chance and against
somebody with a stolen code, who would have to try 2^48 enrolments to be taken for a PC he has seen.
"""

import hashlib

_PREFIX = b"laaswatch fingerprint\n"
WORDS = 6

_LIST = """
แมว cat, หมา dog, ช้าง elephant, เสือ tiger, ม้า horse, วัว cow, ควาย buffalo, หมู pig, แพะ goat, แกะ sheep, ลิง monkey, หมี bear, กวาง deer, กระต่าย rabbit, หนู mouse, กระรอก squirrel
ไก่ chicken, เป็ด duck, ห่าน goose, นกแก้ว parrot, นกฮูก owl, อินทรี eagle, นกยูง peacock, นกกระจอก sparrow, ปลาทู mackerel, ปลาดุก catfish, กุ้ง shrimp, ปู crab, หอย shell, ปลาหมึก squid, เต่า turtle, จระเข้ crocodile
งู snake, กบ frog, ผึ้ง bee, มด ant, ผีเสื้อ butterfly, แมงมุม spider, ยุง mosquito, แมลงปอ dragonfly, หิ่งห้อย firefly, ฉลาม shark, วาฬ whale, โลมา dolphin, ยีราฟ giraffe, ม้าลาย zebra, สิงโต lion, อูฐ camel
กล้วย banana, มะม่วง mango, ส้ม orange, มะนาว lime, แตงโม watermelon, สับปะรด pineapple, มะพร้าว coconut, ทุเรียน durian, มังคุด mangosteen, เงาะ rambutan, ลำไย longan, ฝรั่ง guava, มะละกอ papaya, องุ่น grape, มะขาม tamarind, ขนุน jackfruit
ข้าว rice, ข้าวโพด corn, ถั่ว bean, งา sesame, พริก chilli, กระเทียม garlic, หัวหอม onion, ขิง ginger, แตงกวา cucumber, มะเขือ eggplant, ฟักทอง pumpkin, แครอท carrot, ผักบุ้ง spinach, เห็ด mushroom, มันฝรั่ง potato, อ้อย sugarcane
น้ำตาล sugar, เกลือ salt, น้ำผึ้ง honey, ชา tea, กาแฟ coffee, นม milk, ไข่ egg, ขนมปัง bread, ก๋วยเตี๋ยว noodle, น้ำแข็ง ice, เนย butter, แยม jam, คุกกี้ cookie, ซุป soup, สลัด salad, เต้าหู้ tofu
กุหลาบ rose, มะลิ jasmine, บัว lotus, กล้วยไม้ orchid, ทานตะวัน sunflower, ดาวเรือง marigold, ต้นไผ่ bamboo, ต้นสน pine, ต้นปาล์ม palm, หญ้า grass, ใบไม้ leaf, เมล็ด seed, ราก root, กิ่ง branch, ป่า forest, สวน garden
พระอาทิตย์ sun, พระจันทร์ moon, ดาว star, เมฆ cloud, ฝน rain, รุ้ง rainbow, ลม wind, ฟ้าผ่า lightning, หิมะ snow, หมอก fog, ไฟ fire, น้ำ water, ดิน soil, หิน stone, ทราย sand, ทอง gold
ภูเขา mountain, ทะเล sea, แม่น้ำ river, เกาะ island, น้ำตก waterfall, ถ้ำ cave, ชายหาด beach, ทะเลสาบ lake, ทุ่งนา field, สะพาน bridge, ถนน road, บ้าน house, วัด temple, ตลาด market, โรงเรียน school, โรงพยาบาล hospital
ประตู door, หน้าต่าง window, หลังคา roof, กำแพง wall, บันได ladder, ห้อง room, ครัว kitchen, เตียง bed, โต๊ะ table, เก้าอี้ chair, ตู้ cupboard, โคมไฟ lamp, พัดลม fan, กระจก mirror, นาฬิกา clock, พรม carpet
ช้อน spoon, ส้อม fork, มีด knife, จาน plate, ชาม bowl, แก้ว glass, หม้อ pot, กระทะ pan, ขวด bottle, ตะกร้า basket, กล่อง box, ถุง bag, กุญแจ key, แม่กุญแจ lock, ร่ม umbrella, ไม้กวาด broom
หมวก hat, เสื้อ shirt, กางเกง trousers, กระโปรง skirt, รองเท้า shoe, ถุงเท้า sock, ถุงมือ glove, เข็มขัด belt, แว่นตา spectacles, แหวน ring, สร้อย necklace, กระดุม button, เข็ม needle, ด้าย thread, ผ้าพันคอ scarf, กระเป๋า purse
หนังสือ book, ดินสอ pencil, ปากกา pen, กระดาษ paper, ยางลบ eraser, ไม้บรรทัด ruler, กรรไกร scissors, กาว glue, แผนที่ map, จดหมาย letter, แสตมป์ stamp, ปฏิทิน calendar, รูปภาพ picture, สี paint, พู่กัน brush, ชอล์ก chalk
รถไฟ train, รถบัส bus, จักรยาน bicycle, เรือ boat, เครื่องบิน aeroplane, รถบรรทุก truck, แท็กซี่ taxi, จรวด rocket, บอลลูน balloon, ล้อ wheel, สมอ anchor, ใบเรือ sail, ป้าย sign, ธง flag, ตั๋ว ticket, หมวกนิรภัย helmet
กลอง drum, ขลุ่ย flute, กีตาร์ guitar, เปียโน piano, ระฆัง bell, ฆ้อง gong, แตร trumpet, ไวโอลิน violin, ลูกบอล ball, ว่าว kite, ตุ๊กตา doll, หุ่นยนต์ robot, ลูกเต๋า dice, หมากรุก chess, เหรียญ coin, มงกุฎ crown
ค้อน hammer, เลื่อย saw, ตะปู nail, เชือก rope, พลั่ว shovel, จอบ hoe, ถังน้ำ bucket, ท่อ pipe, แม่เหล็ก magnet, แบตเตอรี่ battery, เทียน candle, ไม้ขีด match, กล้อง camera, วิทยุ radio, โทรศัพท์ telephone, แว่นขยาย magnifier
"""

VOCABULARY: tuple[tuple[str, str], ...] = tuple(
    (thai, english)
    for thai, english in (pair.split(" ") for pair in _LIST.strip().replace("\n", ", ").split(", "))
)
"""256 pairs (Thai, English); the position is the byte that it stands for. Never reordered."""


def fingerprint(nonce: str) -> tuple[tuple[str, str], ...]:
    """The six words of an enrolment's nonce (64 hexadecimal digits), each (Thai, English).

    The nonce stays the same for the life of an agent, however often its secret is renewed.
    """
    digest = hashlib.sha256(_PREFIX + bytes.fromhex(nonce)).digest()
    return tuple(VOCABULARY[byte] for byte in digest[:WORDS])


def spoken(nonce: str) -> tuple[str, str]:
    """The six words in Thai and in English, each as one line to read aloud."""
    words = fingerprint(nonce)
    return " – ".join(th for th, _ in words), " – ".join(en for _, en in words)
