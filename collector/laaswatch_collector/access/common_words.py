"""What people make passwords of when a machine asks for one: our own list, from what they live and work with.

A password of nothing but these, however they are joined, repeated, spelled with figures for letters or followed
by a year and an exclamation mark, is among the first thousands that anybody tries. Small letters; at least
four characters each, so that a good passphrase is not found to be made of scraps.
"""

_LIST = """
password passwort passcode passphrase secret login signin logon enter open access account user username
admin administrator root guest test tester testing demo default changeme change welcome hello letmein
master manager system server computer network internet wifi router online security secure private public
office company business work worker staff team temp temporary sample example backup service support helpdesk
qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx qazwsxedc wsxedc edcrfv
rfvtgb 1q2w 1q2w3e 1q2w3e4r 1q2w3e4r5t q1w2e3 q1w2e3r4 zaq1 zaq12wsx xsw2 poiuy poiuytrewq lkjhg mnbvcxz
qweasd qweasdzxc asdzxc qwer asdfjkl abcd abcde abcdef abcdefg abcdefgh abcdefghijkl aabb aabbcc abcabc
ๅภถุ ภถุคึ ฟหกด ฟหกดเ ฟหกดเสวง ไำพะ ไำพะี ผปแอ ๆไำพ
love lover iloveyou loveyou loveme baby honey sweet sweetheart darling angel princess prince queen king
mother father mama papa family friend friends brother sister daughter boyfriend girlfriend husband wife
michael jordan jennifer jessica daniel ashley thomas robert matthew andrew joshua nicole amanda michelle
somchai somsak somying somporn sompong malee manee mana piti chujai wichai prasert suda nattapong siriporn
สมชาย สมศักดิ์ สมหญิง สมพร สมปอง มาลี มานี มานะ ปิติ ชูใจ วิชัย ประเสริฐ สุดา ศิริพร รักนะ รักเธอ ที่รัก คนดี
football soccer baseball basketball hockey tennis liverpool arsenal chelsea manchester united barcelona
madrid juventus ronaldo messi buffalo dragon monkey tiger lion eagle shadow master hunter killer ninja
batman superman spiderman pokemon pikachu mario naruto doraemon minecraft roblox fortnite starwars matrix
sunshine summer winter spring autumn flower butterfly rainbow cookie chocolate cheese coffee pizza banana
orange apple cherry peach pepper ginger purple yellow silver golden diamond money lucky happy smile freedom
music guitar piano dance rock heaven jesus christ buddha blessed faith hope peace trust forever whatever
google facebook youtube twitter instagram tiktok line gmail hotmail yahoo microsoft windows apple samsung
iphone android internet ferrari porsche mercedes toyota honda yamaha suzuki nissan corvette mustang harley
thai thailand siam bangkok krungthep chiangmai chiangrai phuket pattaya korat nakhon khonkaen ubon udon
songkhla hatyai samui krabi rayong chonburi nonthaburi ayutthaya sukhothai isan lanna asean asia world
ไทย ไทยแลนด์ ประเทศไทย กรุงเทพ เชียงใหม่ เชียงราย ภูเก็ต พัทยา โคราช ขอนแก่น อุบล อุดร สงขลา ชุมพร ระนอง
เทศบาล ตำบล อำเภอ จังหวัด อบต อบจ ท้องถิ่น การเงิน การคลัง บัญชี พัสดุ สำนักงาน กองคลัง เจ้าหน้าที่ รหัสผ่าน
สวัสดี ผู้ดูแล ผู้ใช้ ทดสอบ
laas laaswatch elaas e-laas egov dlago local localgov tambon amphoe changwat tessaban finance treasury
account accounting ledger budget clerk viewer province auditor audit officer metrics agent collector watch
january february march april june july august september october november december monday tuesday wednesday
thursday friday saturday sunday one two three four five zero first second number hundred thousand
"""
"""What the box says, keyboards, people, what they like, where they are, this program, days and numbers."""

COMMON_WORDS = frozenset(_LIST.split())
